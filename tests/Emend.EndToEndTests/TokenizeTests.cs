using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class TokenizeTests : IDisposable
{
    // A byte-level tokenizer of four letters and the merge of the first two.
    private const string Tokenizer = """
        {"version": "1.0", "added_tokens": [{"id": 5, "content": "<end>", "special": true, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false}],
         "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, "post_processor": null,
         "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "unk_token": null, "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "Ġ": 4}, "merges": ["a b"]}}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EachLineIsAnsweredByOneLine()
    {
        string file = folder.Write("tokenizer.json", Tokenizer);

        string[] lines = Finished.Emend(["tokenize", "--tokenizer", file], "{\"text\": \"abc\"}\n{\"text\": \"\", \"source\": \"other fields are left alone\"}\n\n").Succeeded().Lines;

        Assert.Equal(["""{"ids":[3,2],"decoded":"abc"}""", """{"ids":[],"decoded":""}"""], lines);
    }

    [Fact]
    public void AModelFolderServesAsWell()
    {
        folder.Write("model/tokenizer.json", Tokenizer);

        Assert.Equal(["""{"ids":[1,0],"decoded":"ba"}"""], Finished.Emend(["tokenize", "--model", "model"], """{"text": "ba"}""", folder.Path).Succeeded().Lines);
    }

    [Theory]
    [InlineData("gpt2", "tokenizers/gpt2")]
    [InlineData("qwen2", "tokenizers/qwen2")]
    [InlineData("phi-3", "tokenizers/phi-3")]
    [InlineData("stories260K", "models/stories260K/hf")]
    public void PublishedVectorsComeOutAsTheyAre(string name, string model)
    {
        string[] vectors = File.ReadAllLines(SharedData.Path("tokenizers", "vectors", $"{name}.jsonl"));

        string[] answers = Finished.Emend(["tokenize", "--model", SharedData.Path(model.Split('/'))], string.Join('\n', vectors)).Succeeded().Lines;

        Assert.Equal(vectors.Length, answers.Length);
        foreach ((string vector, string answer) in vectors.Zip(answers))
        {
            JsonElement expected = JsonElement.Parse(vector), actual = JsonElement.Parse(answer);
            Assert.Equal(expected.GetProperty("ids").GetRawText().Replace(" ", ""), actual.GetProperty("ids").GetRawText());
            if (expected.TryGetProperty("decoded", out JsonElement decoded))
                Assert.Equal(decoded.GetString(), actual.GetProperty("decoded").GetString());
        }
    }

    [Fact]
    public void WrongJsonIsNamedByItsLineAndTheLinesBeforeAreAnswered()
    {
        string file = folder.Write("tokenizer.json", Tokenizer);
        string input = string.Concat(Enumerable.Repeat("{\"text\": \"a\"}\n", 16)) + "{\"text\": \"a\"\n{\"text\": \"a\"}\n";

        Finished finished = Finished.Emend(["tokenize", "--tokenizer", file], input);

        finished.WasRefused("standard input:17:", "not valid JSON");
        Assert.Equal(16, finished.Lines.Length);
    }

    [Theory]
    [InlineData("""{"txt": "a"}""", "text is missing")]
    [InlineData("""{"text": 7}""", "text is 7, not a string")]
    [InlineData("""{"text": "a", "add_special_tokens": "no"}""", "add_special_tokens is \"no\", not true or false")]
    [InlineData("""{"text": "\ud800"}""", "text holds text that is not valid Unicode")]
    [InlineData("""["text"]""", "found JSON of kind array")]
    [InlineData("""{"text": "a", "text": "b"}""", "text stands twice in one object")]
    public void AWrongLineSaysWhatWouldBeRight(string line, string complaint) =>
        Finished.Emend(["tokenize", "--tokenizer", folder.Write("tokenizer.json", Tokenizer)], $"{line}\n").WasRefused("standard input:1:", complaint);

    [Fact]
    public void AFolderWithoutATokenizerIsNamed() => Finished.Emend(["tokenize", "--model", folder.Path]).WasRefused(folder.Path, "tokenizer.json");

    [Fact]
    public void AMissingFileIsNamed() => Finished.Emend(["tokenize", "--tokenizer", "none.json"], folder: folder.Path).WasRefused("none.json");

    [Fact]
    public void ABrokenTokenizerIsNamed() =>
        Finished.Emend(["tokenize", "--tokenizer", folder.Write("broken.json", "{\"model\": {")]).WasRefused("broken.json");

    [Fact]
    public void WithoutATokenizerTheOptionsAreNamed() => Finished.Emend(["tokenize"]).WasRefused("--model DIR or --tokenizer FILE");

    [Fact]
    public void TwoTokenizersAreOneTooMany() =>
        Finished.Emend(["tokenize", "--model", folder.Path, "--tokenizer", "x"]).WasRefused("--model and --tokenizer are both given");

    [Fact]
    public void AReaderThatGoesAwayEndsItQuietly()
    {
        string file = folder.Write("tokenizer.json", Tokenizer);
        string program = Path.Combine(AppContext.BaseDirectory, "emend.dll");

        Finished finished = Finished.Run("bash", ["-c", "yes '{\"text\": \"a\"}' 2>/dev/null | dotnet \"$0\" tokenize --tokenizer \"$1\" | head -n 1", program, file]);

        Assert.Equal((0, "{\"ids\":[0],\"decoded\":\"a\"}\n", ""), (finished.ExitCode, finished.Out, finished.Error));
    }

    [Fact]
    public void CtrlCEndsItWithoutATrace()
    {
        string file = folder.Write("tokenizer.json", Tokenizer);
        string program = Path.Combine(AppContext.BaseDirectory, "emend.dll");
        const string script = """
            mkfifo "$2"; sleep 60 >"$2" & holder=$!
            env --default-signal=INT dotnet "$0" tokenize --tokenizer "$1" <"$2" & program=$!
            sleep 2; kill -INT $program; wait $program; code=$?
            kill $holder; exit $code
            """;

        // Background jobs of a script start with SIGINT ignored, hence env.
        Finished finished = Finished.Run("bash", ["-c", script, program, file, Path.Combine(folder.Path, "pipe")]);

        Assert.Equal((130, "", ""), (finished.ExitCode, finished.Out, finished.Error));
    }
}
