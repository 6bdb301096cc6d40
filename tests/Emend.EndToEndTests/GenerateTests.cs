using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class GenerateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("stories260K", "stories260K/hf", "tokenizer.json")]
    [InlineData("tinystories-656k", "tinystories-656k", "tokenizer.json")]
    [InlineData("tinystories-656k.noprefix", "tinystories-656k", "tokenizer.noprefix.json")]
    public void GreedyTokensAreThoseOfTheReference(string reference, string model, string tokenizer)
    {
        JsonElement one = JsonElement.Parse(File.ReadAllText(SharedData.Path("reference", $"{reference}.json"))).GetProperty("cases")[0];
        int[] expected = [.. one.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32())];

        string[] lines = Finished.Emend(
            ["generate", "--model", Model(model), "--tokenizer", Path.Combine(Model(model), tokenizer), "--prompt", one.GetProperty("prompt").GetString()!,
            "--temperature", "0", "--max-new", $"{expected.Length}", "--json"]).Succeeded().Lines;

        JsonElement generation = JsonElement.Parse(Assert.Single(lines));
        Assert.Equal(one.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32()), generation.GetProperty("prompt_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(expected, generation.GetProperty("response_ids").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void TheSameSeedGivesTheSameTextAndAnotherSeedAnother()
    {
        string[] call = ["generate", "--model", Model("stories260K/hf"), "--prompt", "Once upon a time", "--max-new", "30", "--seed"];

        string first = Finished.Emend([.. call, "1"]).Succeeded().Out;

        Assert.Equal(first, Finished.Emend([.. call, "1"]).Succeeded().Out);
        Assert.NotEqual(first, Finished.Emend([.. call, "2"]).Succeeded().Out);
    }

    [Fact]
    public void EveryPromptOfAFileIsAnsweredInItsPlace()
    {
        string file = folder.Write("prompts.jsonl", "{\"prompt\": \"Once\"}\n{\"prompt\": \"One day, a dog\"}\n");

        string[] lines = Finished.Emend(["generate", "--model", Model("stories260K/hf"), "--prompts", file, "--max-new", "5"]).Succeeded().Lines;

        Assert.Equal(["Once", "One day, a dog"], lines.Select(line => JsonElement.Parse(line).GetProperty("prompt").GetString()));
    }

    [Fact]
    public void WrongJsonInAFileOfPromptsIsNamedByItsLine()
    {
        string file = folder.Write("prompts.jsonl", string.Concat(Enumerable.Repeat("{\"prompt\": \"a\"}\n", 16)) + "{\"prompt\n");

        Finished finished = Finished.Emend(["generate", "--model", Model("stories260K/hf"), "--prompts", file]);

        finished.WasRefused("prompts.jsonl:17:");
        Assert.Equal("", finished.Out);
    }

    [Fact]
    public void APromptLongerThanTheContextNamesBothLengths() =>
        Finished.Emend(["generate", "--model", Model("stories260K/hf"), "--prompt", string.Concat(Enumerable.Repeat("zq ", 600))]).WasRefused("512");

    [Theory]
    [InlineData("--temperature", "-1", "temperature")]
    [InlineData("--top-p", "1.5", "top-p")]
    [InlineData("--max-new", "0", "max new")]
    [InlineData("--max-new", "many", "many")]
    public void AnOptionOutOfRangeIsNamed(string option, string value, string complaint) =>
        Finished.Emend(["generate", "--model", Model("stories260K/hf"), "--prompt", "a", option, value]).WasRefused(complaint);

    [Fact]
    public void WithoutAPromptTheOptionsAreNamed() => Finished.Emend(["generate", "--model", folder.Path]).WasRefused("--prompt TEXT or --prompts FILE");

    [Fact]
    public void AMissingModelIsNamed() => Finished.Emend(["generate", "--model", "none", "--prompt", "a"]).WasRefused("none", "no such folder");

    private static string Model(string name) => SharedData.Path(["models", .. name.Split('/')]);
}
