using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Text;

public class TokenizerFileTests
{
    [Theory]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0", "t.json:1: this is not valid JSON")]
    [InlineData("{\n\"model\": }", "t.json:2: this is not valid JSON at byte 10")]
    [InlineData("[]", "the file holds an object")]
    [InlineData("{}", "t.json: model: is missing")]
    [InlineData("{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}", "model.type: the model \"Unigram\" is not supported (supported: BPE)")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": \"x\"}, \"merges\": []}}", "model.vocab.\"a\": is a text; an id, 0 or more, is expected.")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []}}", "\"b\": has the id 0, which another token has already")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 2147483647}, \"merges\": []}}", "\"a\": has the id 2147483647; no vocabulary goes above")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}", "model.merges[0]: \"b\" is not in the vocabulary")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a\"]}}", "model.merges[0]: is not a pair")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"unk_token\": \"?\"}}", "model.unk_token: \"?\" is not in the vocabulary")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"dropout\": 0.1}}", "model.dropout: is 0.1")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"\\ud800\": 0}, \"merges\": []}}", "not valid Unicode")]
    public void ABrokenFileIsRefusedByPlace(string json, string reason)
    {
        InvalidInputException problem = Assert.Throws<InvalidInputException>(() => Tokenizer.Parse(json, "t.json"));

        Assert.StartsWith("t.json", problem.Message, StringComparison.Ordinal);
        Assert.Contains(reason.Replace("the file holds an object", "the file holds an array", StringComparison.Ordinal), problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normalizer", "{\"type\": \"Precompiled\"}", "normalizer.type: the normalizer \"Precompiled\" is not supported")]
    [InlineData("normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, {\"type\": \"Nmt\"}]}", "normalizer.normalizers[1].type: the normalizer \"Nmt\"")]
    [InlineData("pre_tokenizer", "{\"type\": \"UnicodeScripts\"}", "pre_tokenizer.type: the pre-tokenizer \"UnicodeScripts\" is not supported")]
    [InlineData("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\p{Han}\"}, \"behavior\": \"Isolated\"}", "pre_tokenizer.pattern.Regex: \"\\p{Han}\" cannot be used")]
    [InlineData("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Cut\"}", "pre_tokenizer.behavior: \"Cut\" is not one of Removed")]
    [InlineData("post_processor", "{\"type\": \"Magic\"}", "post_processor.type: the post-processor \"Magic\" is not supported")]
    [InlineData("decoder", "{\"type\": \"CTC\"}", "decoder.type: the decoder \"CTC\" is not supported")]
    [InlineData("added_tokens", "[{\"id\": 5, \"content\": \"a\"}]", "added_tokens[0].id: is 5, but the vocabulary gives \"a\" the id 0.")]
    [InlineData("added_tokens", "[{\"id\": 2000000000, \"content\": \"z\"}]", "added_tokens[0].id: is 2000000000; no vocabulary goes above")]
    [InlineData("added_tokens", "[{\"id\": 0, \"content\": \"z\"}]", "added_tokens[0].id: is 0, which belongs to \"a\" already.")]
    public void AComponentThatIsNotSupportedIsRefusedByName(string name, string component, string reason)
    {
        string json = $"{{\"{name}\": {component}, \"model\": {{\"type\": \"BPE\", \"vocab\": {{\"a\": 0}}, \"merges\": []}}}}";

        Assert.Contains(reason, Assert.Throws<InvalidInputException>(() => Tokenizer.Parse(json, "t.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllThatIsWrongIsSaidAtOnce()
    {
        InvalidInputException problem = Assert.Throws<InvalidInputException>(() => Tokenizer.Parse("{\"decoder\": {\"type\": \"X\"}, \"normalizer\": {\"type\": \"Y\"}}", "t.json"));

        Assert.Equal(3, problem.Message.Split('\n').Length);
    }

    [Fact]
    public void SavingWritesTheSameBytes()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            TokenizerSamples.Small.Save(folder);
            Assert.Equal(TokenizerSamples.SmallFile, File.ReadAllText(Path.Combine(folder, "tokenizer.json")));
            Assert.Single(Directory.GetFiles(folder));
            Assert.Equal(TokenizerSamples.Small.Sha256, Tokenizer.Load(folder).Sha256);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AFolderWithoutATokenizerIsNamed()
    {
        string folder = Path.GetTempPath();

        Assert.Equal($"{folder}: the folder has no tokenizer.json.", Assert.Throws<InvalidInputException>(() => Tokenizer.Load(folder)).Message);
        Assert.Contains("there is no such file or folder", Assert.Throws<InvalidInputException>(() => Tokenizer.Load("nowhere/at/all")).Message, StringComparison.Ordinal);
    }
}
