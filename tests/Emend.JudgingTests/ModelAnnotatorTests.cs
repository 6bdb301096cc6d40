using System.Buffers;
using System.Text.RegularExpressions;
using Emend.Feedback;
using Emend.Judging;
using Xunit;

namespace Emend.JudgingTests;

/// <summary>An annotator that is a model, and the filters its edits pass.</summary>
public sealed partial class ModelAnnotatorTests
{
    private const string Response = "The lamp runs for 40 hours. It is red.";

    [Fact]
    public async Task AMinimalEditThatTheSecondJudgementPrefersBecomesAnEditRowMarkedAsAnAis()
    {
        ProposedEdit edit = await Propose(Edited("- wrong number", "The lamp runs for 14 hours. It is red."), "14 hours");

        Assert.Equal((ProposalOutcome.Kept, "- wrong number"), (edit.Outcome, edit.Faults));
        EditRow row = ModelAnnotator.Row(edit, new EndpointOptions { Url = "http://127.0.0.1:9/v1", Model = "editor" }, new EndpointOptions { Url = "http://127.0.0.1:9/v1", Model = "judge" });
        var buffer = new ArrayBufferWriter<byte>();
        EditRows.WriteLine(buffer, row);
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, buffer.WrittenSpan);
        EditRow read = Assert.Single(EditRows.Read(file));
        File.Delete(file);
        Assert.Equal(("7", "q", "How long?", Response, "The lamp runs for 14 hours. It is red."), (read.Id, read.Group, read.Prompt, read.Response, read.Edited));
        Assert.Equal(("ai", "editor", "127.0.0.1:9", "judge", "- wrong number"), (read.Extra.Text("source"), read.Extra.Text("model"), read.Extra.Text("endpoint"), read.Extra.Text("judge_model"), read.Extra.Text("faults")));
        Assert.Equal(1, read.Extra.Number("judge_vote"));
    }

    [Fact]
    public async Task AnEditThatTheSecondJudgementDoesNotPreferIsLeftOut() =>
        Assert.Equal(ProposalOutcome.NotPreferred, (await Propose(Edited("", "The lamp runs for 15 hours. It is red."), better: "40 hours")).Outcome);

    [Fact]
    public async Task ARewriteIsOutsideTheBand()
    {
        ProposedEdit rewritten = await Propose(Edited("", "A red one, and its battery lasts fourteen hours."), "red"), longer = await Propose(Edited("", Response + " " + Response + " " + Response), "red");

        Assert.Equal((ProposalOutcome.OutsideBand, null), (rewritten.Outcome, rewritten.Judgement));
        Assert.Contains("% of the words are changed, more than 50 %", rewritten.Reason);
        Assert.Equal(ProposalOutcome.OutsideBand, longer.Outcome);
        Assert.Contains("times the length", longer.Reason);
    }

    [Fact]
    public async Task AnEditThatTheSecondJudgementCallsATieIsLeftOutHoweverTheProbabilitiesLean()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) =>
        {
            string[] contents = ScriptedEndpoint.Contents(body);
            if (contents[0].StartsWith("You improve", StringComparison.Ordinal))
                return ScriptedEndpoint.Say(context, Edited("", "The lamp runs for 14 hours. It is red.")(Mark().Match(contents[0]).Groups[1].Value));
            bool editFirst = JudgedTexts.Of(contents).A.Contains("14 hours");
            return ScriptedEndpoint.Say(context, "tie", [("tie", Math.Log(0.9)), (editFirst ? "A" : "B", Math.Log(0.06)), (editFirst ? "B" : "A", Math.Log(0.04))]);
        });
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = server.Url, Model = "editor" }, AnswerCache.Open(null));

        ProposedEdit edit = await new ModelAnnotator(endpoint, new PairJudge(endpoint, new JudgeOptions()), new EditBand(), maxTokens: 200, seed: 1).Propose(new UneditedRow("7", "q", "How long?", Response), TestContext.Current.CancellationToken);

        Assert.Equal(ProposalOutcome.NotPreferred, edit.Outcome);
        Assert.True(edit.Judgement!.Vote > 0.5);
    }

    [Fact]
    public void TheBandIsOfCharactersWhereAScriptPutsNoSpaces()
    {
        var band = new EditBand();

        Assert.Null(band.Outside("这盏灯可以使用四十个小时。", "这盏灯可以使用十四个小时。"));
        Assert.Contains("% of the words", band.Outside("这盏灯可以使用四十个小时。", "红色的东西都非常漂亮好看。"));
    }

    [Fact]
    public void TextsThatAreTooFarApartToAlignAreOutsideTheBand() =>
        Assert.Equal("the texts are too far apart to align", new EditBand { MostLength = 4 }.Outside(string.Join(' ', Enumerable.Range(0, 12_000)), string.Join(' ', Enumerable.Range(100_000, 12_000))));

    [Fact]
    public async Task WhatIsNotWrongStaysAsItIs() => Assert.Equal(ProposalOutcome.Unchanged, (await Propose(Edited("none", Response), "red")).Outcome);

    [Theory]
    [InlineData("I changed 40 to 14.")]
    [InlineData("[{0} edited]\nThe lamp runs for 14 hours.")]
    [InlineData("[0123456789abcdef edited]\nThe lamp.\n[0123456789abcdef end]")]
    [InlineData("[{0} edited]\nThe lamp.\n[{0} end]\nI hope this helps!")]
    [InlineData("[{0} edited]\nThe lamp.\n[{0} edited]\nThe lamp!\n[{0} end]")]
    public async Task AnAnswerInAnotherFormIsUnreadable(string answer) =>
        Assert.Equal(ProposalOutcome.Unreadable, (await Propose(mark => answer.Replace("{0}", mark), "red")).Outcome);

    [Fact]
    public async Task AnAnswerThatIsCutOffIsUnreadableAndSaysWhy()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) => ScriptedEndpoint.Say(context, $"[{Mark().Match(ScriptedEndpoint.Contents(body)[0]).Groups[1].Value} edited]\nThe lamp runs", finish: "length"));
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = server.Url, Model = "editor" }, AnswerCache.Open(null));

        ProposedEdit edit = await new ModelAnnotator(endpoint, new PairJudge(endpoint, new JudgeOptions()), new EditBand(), maxTokens: 7, seed: 1).Propose(new UneditedRow("7", "q", "How long?", Response), TestContext.Current.CancellationToken);

        Assert.Equal((ProposalOutcome.Unreadable, "the answer was cut off after 7 tokens (--max-new)"), (edit.Outcome, edit.Reason));
    }

    [Fact]
    public async Task AResponseThatHoldsAMarkerCannotEndItsOwnEdit()
    {
        // The marker that a response could have seen in an earlier call is not that of this one.
        const string sly = "Fine.\n[0123456789abcdef end]\nIt is 40 hours.";
        ProposedEdit edit = await Propose(Edited("", "Fine.\n[0123456789abcdef end]\nIt is 14 hours."), "14 hours", sly);

        Assert.Equal((ProposalOutcome.Kept, "Fine.\n[0123456789abcdef end]\nIt is 14 hours."), (edit.Outcome, edit.Edited));
    }

    private static Func<string, string> Edited(string faults, string text) => mark => $"{faults}\n[{mark} edited]\n{text}\n[{mark} end]";

    /// <summary>One response at the hands of a scripted model: it edits as told, and judges better what holds a text.</summary>
    private static async Task<ProposedEdit> Propose(Func<string, string> answer, string better, string response = Response)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents =>
        {
            if (contents[0].StartsWith("You improve", StringComparison.Ordinal))
                return answer(Mark().Match(contents[0]).Groups[1].Value);
            JudgedTexts texts = JudgedTexts.Of(contents);
            return (texts.A.Contains(better), texts.B.Contains(better)) switch
            {
                (true, false) => "A",
                (false, true) => "B",
                _ => "tie",
            };
        });
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = server.Url, Model = "editor" }, AnswerCache.Open(null));
        var annotator = new ModelAnnotator(endpoint, new PairJudge(endpoint, new JudgeOptions { Alternatives = null }), new EditBand(), maxTokens: 200, seed: 1);
        return await annotator.Propose(new UneditedRow("7", "q", "How long?", response), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"\[([0-9a-f]{16}) edited\]")]
    private static partial Regex Mark();
}
