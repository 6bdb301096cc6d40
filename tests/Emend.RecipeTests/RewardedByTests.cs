using System.Text.Json;
using Emend.Studies;
using Emend.Training;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.RecipeTests;

/// <summary>A policy remembers what it was trained against.</summary>
public sealed class RewardedByTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AJudgeThatPaidThePolicyIsWarnedOf()
    {
        string own = Reward("own", seed: 1), other = Reward("other", seed: 2);
        string first = Ppo("first", TinyRun.Model, own), second = Ppo("second", first, other);
        string moved = Path.Combine(Folder, "moved");
        Directory.Move(own, moved);

        Assert.Contains($"--policy {first} was trained against the judge, {moved}, itself", Assert.Single(Warnings(first, moved)), StringComparison.Ordinal);
        Assert.Empty(Warnings(first, other));
        // Also what the policy that it started from was trained against.
        Assert.Single(Warnings(second, moved));
        Assert.Single(Warnings(second, other));
        Assert.Empty(Warnings(TinyRun.Model, moved));
    }

    private IReadOnlyList<string> Warnings(string policy, string judge) => PolicyComparison.Run(new ComparisonOptions
    {
        Policy = policy,
        Reference = TinyRun.Model,
        Judge = judge,
        Prompts = TinyRun.Write(Folder, "prompts.jsonl", [JsonSerializer.Serialize(new { prompt = "Once upon a time" })]),
        MaxNewTokens = 4,
    }).Warnings;

    private string Reward(string name, int seed)
    {
        RewardRecipe recipe = TinyRun.Reward(Folder, name);
        return RewardRun.Run(recipe with { Options = recipe.Options with { Steps = 1, Seed = seed } }, RewardKind.Token, interruption: TestContext.Current.CancellationToken).Folder;
    }

    private string Ppo(string name, string start, string reward)
    {
        PpoRecipe recipe = TinyRun.Ppo(Folder, reward, name);
        return PpoRun.Run(recipe with { Model = recipe.Model with { Folder = start }, Options = recipe.Options with { Updates = 1, KlTarget = null } }, interruption: TestContext.Current.CancellationToken).Folder;
    }
}
