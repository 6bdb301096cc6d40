using Emend.Models;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Models;

public sealed class StopTokensTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend-stop-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("""{"eos_token_id": 2}""", new[] { 2 })]
    [InlineData("""{"eos_token_id": [2, 5]}""", new[] { 2, 5 })]
    public void TheyAreWhatTheFileSays(string file, int[] expected) => Assert.Equal(expected, Of(file));

    [Theory]
    [InlineData("{\n\"eos_token_id\": }", "generation_config.json:2: is not valid JSON at byte 17")]
    [InlineData("[]", "generation_config.json: is no JSON object")]
    [InlineData("""{"eos_token_id": "</s>"}""", "generation_config.json: eos_token_id must be a token id or a list")]
    [InlineData("""{"eos_token_id": 99999}""", "generation_config.json: eos_token_id: 99999 is no token of the model")]
    [InlineData("""{"eos_token_id": [1, -1]}""", "generation_config.json: eos_token_id: -1 is no token of the model")]
    public void AFileThatIsWrongIsNamed(string file, string problem) => Assert.Contains(problem, Assert.Throws<InvalidInputException>(() => Of(file)).Message, StringComparison.Ordinal);

    private int[] Of(string file)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "generation_config.json"), file);
        return [.. StopTokens.Of(_folder.FullName, ModelConfig.Llama(64, 32, 64, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 16))];
    }
}
