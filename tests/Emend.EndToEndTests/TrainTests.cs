using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class TrainTests : IDisposable
{
    private const string Recipe = """
        about: a test
        model:
          dtype: float32
        data:
          files: [rows.jsonl]
          format: editRows
        options:
          epochs: 1
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AnUnknownKeyOfARecipeIsNamedWithItsLine()
    {
        string recipe = folder.Write("recipe.yaml", Recipe.Replace("epochs", "epoch", StringComparison.Ordinal));

        Finished.Emend(["train", "sft", recipe]).WasRefused("recipe.yaml:8: options.epoch: this key is not known", "did you mean \"epochs\"?");
    }

    [Fact]
    public void ARecipeThatIsNotThereIsNamed() => Finished.Emend(["train", "ppo", "nowhere.yaml"]).WasRefused("nowhere.yaml: there is no such file");

    [Fact]
    public void WithoutAModelTheCallIsToldWhatToGive() =>
        Finished.Emend(["train", "reward", folder.Write("recipe.yaml", Recipe)]).WasRefused("model.folder", "--model DIR");

    [Fact]
    public void AWrongRowOfTheDataIsNamedAndNothingIsLeft()
    {
        string recipe = folder.Write("recipe.yaml", Recipe), output = Path.Combine(folder.Path, "output");
        folder.Write("rows.jsonl", """{"prompt": "a", "response": "b", "edited": "c"}""" + "\n" + """{"prompt": "a", "response": "b"}""" + "\n");

        Finished.Emend(["train", "token-reward", recipe, "--model", Model, "--output", output]).WasRefused("rows.jsonl:2: edited: is missing");

        Assert.Equal(["recipe.yaml", "rows.jsonl"], Directory.GetFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheLastOutputIsOneObjectAndTheProgressIsOnStandardError()
    {
        string recipe = folder.Write("recipe.yaml", Recipe), output = Path.Combine(folder.Path, "output");
        folder.Write("rows.jsonl", """{"prompt": "Once", "response": "b", "edited": "c"}""" + "\n");

        Finished finished = Finished.Emend(["train", "sft", recipe, "--model", Model, "--output", output, "--json"]).Succeeded();

        JsonElement result = JsonElement.Parse(Assert.Single(finished.Lines));
        Assert.Equal((output, 1, 1), (result.GetProperty("folder").GetString(), result.GetProperty("steps").GetInt32(), result.GetProperty("data").GetProperty("examples").GetInt32()));
        Assert.True(result.GetProperty("metrics").GetProperty("loss").GetDouble() > 0);
        Assert.Contains("sft, step 1 of 1, loss", finished.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, "model.safetensors")));
    }

    private static string Model => SharedData.Path("models", "stories260K", "hf");
}
