using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public class EditsLabelTests
{
    [Fact]
    public void WordsThatChangedAreOne()
    {
        string[] lines = Finished.Emend(["edits", "label", "--unit", "word"], """{"prompt": "", "response": "it is very fast", "edited": "it is quick indeed fast"}""").Succeeded().Lines;

        JsonElement label = JsonElement.Parse(Assert.Single(lines));
        Assert.Equal("[0,0,1,0]", label.GetProperty("response_changed").GetRawText());
        Assert.Equal("[0,0,1,1,0]", label.GetProperty("edited_changed").GetRawText());
        Assert.Equal("""[{"start":2,"end":3,"edited_start":2,"edited_end":4}]""", label.GetProperty("script").GetRawText());
        Assert.Equal("""[{"start":6,"end":10,"replacement":"quick indeed"}]""", label.GetProperty("text").GetRawText());
        Assert.Equal(0.4, label.GetProperty("edit_rate").GetDouble());
    }

    [Fact]
    public void TokensOfAModelServeAsUnits()
    {
        string model = SharedData.Path("models", "stories260K", "hf");

        string[] lines = Finished.Emend(["edits", "label", "--model", model], """{"prompt": "", "response": "a red ball 🦙", "edited": "a blue ball 🦙"}""").Succeeded().Lines;

        JsonElement label = JsonElement.Parse(Assert.Single(lines));
        Assert.Contains("1", label.GetProperty("response_changed").GetRawText());
        Assert.NotEmpty(label.GetProperty("text").EnumerateArray());
    }

    [Fact]
    public void AMissingFieldIsNamedWithItsLine() =>
        Finished.Emend(["edits", "label", "--unit", "word"], "{\"response\": \"a\", \"edited\": \"b\"}\n{\"response\": \"a\"}\n").WasRefused("standard input:2: edited is missing");

    [Fact]
    public void AnUnknownUnitIsRefused() => Finished.Emend(["edits", "label", "--unit", "sentence"]).WasRefused("sentence", "word");

    [Fact]
    public void WithoutAUnitTheChoiceIsNamed() => Finished.Emend(["edits", "label"]).WasRefused("--model DIR", "--unit word");

    [Fact]
    public void WordsNeedNoTokenizer() => Finished.Emend(["edits", "label", "--unit", "word", "--model", "x"]).WasRefused("--unit word needs no tokenizer");
}
