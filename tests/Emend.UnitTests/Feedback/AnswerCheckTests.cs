using System.Diagnostics;
using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public class AnswerCheckTests
{
    private static readonly ItemContent Item = new("p", [new Response("It is good."), new Response("It is is bad, call me.")]);

    [Fact]
    public void HunksAreRecomputedAndReasonsMustNameThem()
    {
        AnswerReport report = Edit("It is is fine, call me.", new HunkReason(9, 12, "wording"));

        Assert.Empty(report.Problems);
        Assert.Equal([new ReportedHunk(9, 12, "fine", "wording")], report.Edit!.Hunks);
        Assert.Equal(["edit.reasons[0]"], Edit("It is is fine, call me.", new HunkReason(9, 11, "wording")).Problems.Select(problem => problem.Field));
        Assert.Equal(["edit.reasons[0].reason"], Edit("It is is fine, call me.", new HunkReason(9, 12, "silly")).Problems.Select(problem => problem.Field));
    }

    [Theory]
    [InlineData("It is is bad, call me.", "edit.edited")]
    [InlineData("  ", "edit.edited")]
    public void AnUnchangedOrEmptyTextIsNoEdit(string edited, string field) =>
        Assert.Equal([field], Edit(edited).Problems.Select(problem => problem.Field));

    [Theory]
    [InlineData("It is is bad,  call me.", "white-space-only")]
    [InlineData("It is good.", "same-as-preferred")]
    [InlineData("It is is bad, see https://a.example.", "link-added")]
    [InlineData("It is is bad, call +49 170 1234567.", "personal-data")]
    [InlineData("It is is bad, write to a.b@c.example.", "personal-data")]
    [InlineData("Nothing of this is as it was before.", "over-band")]
    public void WhatIsSuspiciousIsAWarning(string edited, string code)
    {
        AnswerReport report = Edit(edited);

        Assert.Contains(code, report.Warnings.Select(warning => warning.Code));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void WindowsLineEndsAreNoEdit()
    {
        var item = new ItemContent("p", [new Response("one\ntwo")]);
        var answer = new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.Single, EditOutcome.Edited) { Target = 0, Edited = "one\r\ntwo" } };

        Assert.Equal("edit.edited", Assert.Single(AnswerCheck.Of(answer, item, new AnswerRules()).Problems).Field);
    }

    [Fact]
    public void ThePreferredResponseIsNotTheOneToEdit()
    {
        var answer = new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.Prefer, EditOutcome.Edited) { Preferred = 1, Target = 1, Edited = "x" } };

        Assert.Contains("edit.target", AnswerCheck.Of(answer, Item, new AnswerRules()).Problems.Select(problem => problem.Field));
    }

    [Fact]
    public void ALongPairIsAnsweredSoonOrSaidToBeTooLarge()
    {
        var random = new Random(3);
        string original = Words(random, 200_000);
        string near = original[..100_000] + " changed here " + original[100_000..199_000];
        string far = Words(random, 199_000);
        var item = new ItemContent("p", [new Response(original)]);
        long start = Stopwatch.GetTimestamp();

        AnswerReport edited = Check(near), unrelated = Check(far);

        Assert.NotNull(edited.Edit);
        Assert.Contains("too large to align", Assert.Single(unrelated.Problems).Message);
        Assert.True(Stopwatch.GetElapsedTime(start) < Near.OnABusyMachine(TimeSpan.FromSeconds(1)), $"{Stopwatch.GetElapsedTime(start)}");

        AnswerReport Check(string text) => AnswerCheck.Of(new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.Single, EditOutcome.Edited) { Target = 0, Edited = text } }, item, new AnswerRules());
    }

    [Fact]
    public void HunksOfRandomUnicodeRebuildTheEditedTextExactly()
    {
        string[] parts = ["a", "lamp", " ", "\n", "é", "e\u0301", "漢", "字", "😀", "👩‍👩‍👧", "ש", "\u202E", ".", "\t", "กา", "\r\n"];
        var random = new Random(5);
        for (int round = 0; round < 3000; round++)
        {
            string a = Text(random), b = Text(random);
            if (a == b)
                continue;
            EditReport report = EditReport.Of(a, b, new AnswerRules());

            Assert.Equal(b, TextEdits.Apply(a, report.Hunks.Select(hunk => new TextHunk(new TextSpan(hunk.Start, hunk.End), hunk.Replacement))));
        }

        string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(0, 30)).Select(_ => parts[random.Next(parts.Length)]));
    }

    [Fact]
    public void PiecesAreWordsCharactersAndSingleSpaces()
    {
        Assert.Equal(["one", ".", "\n", "Two", " ", " ", "中", "文", "😀", "cafe\u0301"], Pieces("one.\nTwo  中文😀cafe\u0301"));
        Assert.Equal("x👩‍👩‍👧", string.Concat(Pieces("x👩‍👩‍👧")));
        Assert.Equal(2, Pieces("x👩‍👩‍👧").Length);
    }

    private static string[] Pieces(string text)
    {
        TextUnits units = TextPieces.Cut(text);
        return [.. Enumerable.Range(0, units.Count).Select(i => units.Covered(i).ToString())];
    }

    private static AnswerReport Edit(string edited, params HunkReason[] reasons) => AnswerCheck.Of(
        new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.Prefer, EditOutcome.Edited) { Preferred = 0, Strength = 2, Target = 1, Edited = edited, Reasons = reasons } }, Item, new AnswerRules(0, 0.5));

    private static string Words(Random random, int length)
    {
        var text = new System.Text.StringBuilder();
        while (text.Length < length)
            text.Append("abcdefghij"[random.Next(10)]).Append("klmnopqrst"[random.Next(10)]).Append(random.Next(1000)).Append(' ');
        return text.ToString(0, length);
    }
}
