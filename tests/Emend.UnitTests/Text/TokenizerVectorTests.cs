using System.Text.Json;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Text;

/// <summary>The published test vectors: ids and decoded text as the Hugging Face library and llama.cpp give them.</summary>
public class TokenizerVectorTests
{
    private const int FailuresShown = 5;

    [Theory]
    [InlineData("gpt2", "tokenizers/gpt2/tokenizer.json")]
    [InlineData("qwen2", "tokenizers/qwen2/tokenizer.json")]
    [InlineData("phi-3", "tokenizers/phi-3/tokenizer.json")]
    [InlineData("stories260K", "models/stories260K/hf/tokenizer.json")]
    [InlineData("tinystories-656k", "models/tinystories-656k/tokenizer.json")]
    [InlineData("tinystories-656k.noprefix", "models/tinystories-656k/tokenizer.noprefix.json")]
    public void EveryVectorGivesTheSameIdsAndText(string vectors, string file)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path(file.Split('/')));
        var failures = new List<string>();
        int line = 0;
        foreach (string json in File.ReadLines(SharedData.Path("tokenizers", "vectors", $"{vectors}.jsonl")))
        {
            line++;
            using JsonDocument row = JsonDocument.Parse(json);
            string text = row.RootElement.GetProperty("text").GetString()!;
            int[] expected = [.. row.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            int[] ids = tokenizer.Encode(text, row.RootElement.GetProperty("add_special_tokens").GetBoolean());
            if (!ids.SequenceEqual(expected))
                failures.Add($"line {line}: \"{text}\": expected [{string.Join(' ', expected)}], was [{string.Join(' ', ids)}]");
            if (row.RootElement.TryGetProperty("decoded", out JsonElement decoded)
                && tokenizer.Decode(expected, skipSpecialTokens: true) is string was && was != decoded.GetString())
                failures.Add($"line {line}: decoded should be \"{decoded.GetString()}\", was \"{was}\"");
        }
        Assert.True(line > 0);
        Assert.True(failures.Count == 0, $"{failures.Count} of {line} failed:\n{string.Join('\n', failures.Take(FailuresShown))}");
    }
}
