using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class LogprobsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("stories260K", "stories260K/hf")]
    [InlineData("tinystories-656k", "tinystories-656k")]
    [InlineData("tinystories-656k.noprefix", "tinystories-656k-f32")]
    public void LogitsAndLogprobsAreThoseOfTheReference(string reference, string model)
    {
        JsonElement[] cases = [.. JsonElement.Parse(File.ReadAllText(SharedData.Path("reference", $"{reference}.json"))).GetProperty("cases").EnumerateArray()];
        string input = string.Concat(cases.Select(one => $"{{\"ids\": {one.GetProperty("input_ids").GetRawText().ReplaceLineEndings("")}}}\n"));

        string[] lines = Finished.Emend(["logprobs", "--model", Model(model), "--logits"], input).Succeeded().Lines;

        Assert.Equal(cases.Length, lines.Length);
        foreach ((JsonElement expected, string line) in cases.Zip(lines))
        {
            JsonElement actual = JsonElement.Parse(line);
            AssertClose(expected.GetProperty("last_logits"), actual.GetProperty("last_logits"));
            AssertClose(expected.GetProperty("next_token_logprobs"), actual.GetProperty("logprobs"));
        }
    }

    [Fact]
    public void APromptAndAResponseAreScoredOnTheResponse()
    {
        string[] lines = Finished.Emend(["logprobs", "--model", Model("stories260K/hf"), "--dtype", "bfloat16"], """{"prompt": "Once upon a time,", "response": "there was"}""").Succeeded().Lines;

        Assert.Equal(2, JsonElement.Parse(Assert.Single(lines)).GetProperty("logprobs").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"ids": []}""", "ids is empty")]
    [InlineData("""{"ids": [1, 2.5]}""", "ids[1] is 2.5, not a whole number")]
    [InlineData("""{"ids": [1, 9999]}""", "9999")]
    [InlineData("""{"prompt": "a"}""", "response is missing")]
    [InlineData("""{"ids": [1, 2], "response": "a"}""", "response stands beside ids")]
    [InlineData("""{"ids": [1], "ids": [2]}""", "ids stands twice in one object")]
    public void AWrongLineIsNamed(string line, string complaint) =>
        Finished.Emend(["logprobs", "--model", Model("stories260K/hf")], line).WasRefused("standard input:1:", complaint);

    [Fact]
    public void ATextLongerThanTheContextNamesBothLengths()
    {
        string ids = string.Join(',', Enumerable.Repeat(5, 600));

        Finished.Emend(["logprobs", "--model", Model("stories260K/hf")], $"{{\"ids\": [{ids}]}}").WasRefused("standard input:1:", "600", "512");
    }

    [Fact]
    public void AFolderThatIsNoModelIsNamed() => Finished.Emend(["logprobs", "--model", folder.Path]).WasRefused(folder.Path, "config.json");

    [Fact]
    public void AModelWithoutATokenizerStillScoresIdsButNoTexts()
    {
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(Model("stories260K/hf"), file), Path.Combine(folder.Path, file));

        Finished.Emend(["logprobs", "--model", folder.Path], """{"ids": [1, 403]}""").Succeeded();
        Finished.Emend(["logprobs", "--model", folder.Path], """{"prompt": "a", "response": "b"}""").WasRefused("tokenizer.json");
    }

    [Fact]
    public void ATruncatedCheckpointIsNamed()
    {
        File.Copy(Path.Combine(Model("stories260K/hf"), "config.json"), Path.Combine(folder.Path, "config.json"));
        byte[] weights = File.ReadAllBytes(Path.Combine(Model("stories260K/hf"), "model.safetensors"));
        File.WriteAllBytes(Path.Combine(folder.Path, "model.safetensors"), weights[..(weights.Length / 2)]);

        Finished finished = Finished.Emend(["logprobs", "--model", folder.Path], """{"ids": [1]}""");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("the file is truncated", finished.Error);
        Assert.DoesNotContain("   at ", finished.Error);
    }

    [Fact]
    public void ACheckpointWithNaNIsNamed()
    {
        File.Copy(Path.Combine(Model("stories260K/hf"), "config.json"), Path.Combine(folder.Path, "config.json"));
        byte[] weights = File.ReadAllBytes(Path.Combine(Model("stories260K/hf"), "model.safetensors"));
        BitConverter.TryWriteBytes(weights.AsSpan(weights.Length - sizeof(float)), float.NaN);
        File.WriteAllBytes(Path.Combine(folder.Path, "model.safetensors"), weights);

        Finished finished = Finished.Emend(["logprobs", "--model", folder.Path], """{"ids": [1]}""");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("NaN", finished.Error);
    }

    private static string Model(string name) => SharedData.Path(["models", .. name.Split('/')]);

    private static void AssertClose(JsonElement expected, JsonElement actual)
    {
        Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
        foreach ((JsonElement one, JsonElement other) in expected.EnumerateArray().Zip(actual.EnumerateArray()))
            Assert.Equal(one.GetDouble(), other.GetDouble(), Near.Logits);
    }
}
