using Emend.Feedback;
using Emend.Text;
using Emend.UnitTests.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class EditRowsTests
{
    private const string Good = """{"id": "a", "group": "g", "prompt": "p", "response": "one bad word", "edited": "one word"}""";

    [Theory]
    [InlineData("paradetox", "edits.jsonl", 15680)]
    [InlineData("paradetox", "edits.normalized.jsonl", 14401)]
    [InlineData("mlqe-pe-et-en", "edits.jsonl", 7182)]
    [InlineData("lamp", "edits.jsonl", 323)]
    [InlineData("qa-feedback", "edits.jsonl", 372)]
    [InlineData("defacto", "edits.jsonl", 1462)]
    public void RealFilesAreReadWholeAndSurviveARoundTrip(string dataset, string name, int count)
    {
        IReadOnlyList<EditRow> rows = EditRows.Read(SharedData.Path("datasets", dataset, name));
        Assert.Equal(count, rows.Count);

        using var first = new TemporaryFile("");
        using var second = new TemporaryFile("");
        EditRows.Write(first.Path, rows);
        EditRows.Write(second.Path, EditRows.Read(first.Path));
        Assert.Equal(File.ReadAllBytes(first.Path), File.ReadAllBytes(second.Path));
        Assert.Equal(rows.Select(Plain), EditRows.Read(first.Path).Select(Plain));
        Assert.Equal(["rows.jsonl"], first.FilesBeside);

        static string Plain(EditRow row) => string.Join('\u0001', [row.Id, row.Group, row.Prompt, row.Response, row.Edited,
            .. row.Spans.Select(span => span.ToString()), .. row.Extra.Fields.Select(field => field.Key + System.Text.Json.JsonSerializer.Serialize(field.Value))]);
    }

    [Fact]
    public void ExtraFieldsKeepTheirTypes()
    {
        EditRow row = EditRows.Read(SharedData.Path("datasets", "paradetox", "edits.normalized.jsonl"))[0];
        Assert.Equal(false, row.Extra.Flag("minimal"));
        Assert.Equal(0.5, row.Extra.Number("edit_ratio"));
        Assert.Null(row.Extra.Text("explanation"));
        var exception = Assert.Throws<InvalidInputException>(() => row.Extra.Flag("edit_ratio"));
        Assert.Equal("line 1: edit_ratio: 0.5 is a number; true or false is expected", exception.Message);
    }

    [Fact]
    public void ARowNeedsNeitherIdNorGroup()
    {
        EditRow row = Assert.Single(Read("""{"prompt": "p", "response": "r", "edited": "e"}"""));
        Assert.Equal(("line-1", "line-1", 1), (row.Id, row.Group, row.Line));
    }

    [Fact]
    public void CodePointOffsetsBecomeUtf16Offsets()
    {
        EditRow row = Assert.Single(Read("""{"prompt": "", "response": "😀 bad 😀", "edited": "", "spans": [{"start": 2, "end": 5, "label": "tone"}, {"start": 6, "end": 7}]}"""));
        Assert.Equal(["bad", "😀"], row.Spans.Select(span => row.Response[span.Span.Start..span.Span.End]));
        Assert.Equal(new LabelledSpan(new TextSpan(3, 6), "tone", null), row.Spans[0]);
    }

    [Fact]
    public void Utf16OffsetsAreTakenAsTheyAre()
    {
        EditRow row = Assert.Single(Read("""{"prompt": "", "response": "😀 bad", "edited": "", "offset_unit": "utf-16", "spans": [{"start": 3, "end": 6}]}"""));
        Assert.Equal(new TextSpan(3, 6), row.Spans[0].Span);
    }

    [Fact]
    public void CarriageReturnsGoAndOffsetsFollow()
    {
        EditRow row = Assert.Single(Read("""{"prompt": "a\r\nb", "response": "one\r\ntwo\r\nbad", "edited": "one\ntwo", "spans": [{"start": 10, "end": 13}]}"""));
        Assert.Equal(("a\nb", "one\ntwo\nbad", "one\ntwo", 3), (row.Prompt, row.Response, row.Edited, row.NewlinesNormalized));
        Assert.Equal(new TextSpan(8, 11), row.Spans[0].Span);

        using var file = new TemporaryFile("");
        EditRows.Write(file.Path, [row]);
        EditRow again = Assert.Single(EditRows.Read(file.Path));
        Assert.Equal((3, new TextSpan(8, 11)), (again.NewlinesNormalized, again.Spans[0].Span));
    }

    [Fact]
    public void AByteOrderMarkCarriageReturnsAtLineEndsAndBlankLinesAreNoProblem()
    {
        IReadOnlyList<EditRow> rows = Read("\ufeff" + Good + "\r\n\r\n" + Good.Replace("\"a\"", "\"b\"") + "\r\n");
        Assert.Equal([("a", 1), ("b", 3)], rows.Select(row => (row.Id, row.Line)));
    }

    [Fact]
    public void AnArrayOfRowsCountsLinesToo()
    {
        Assert.Equal(3, Assert.Single(Read($"[\n\n{Good}\n]\n")).Line);
        AssertProblems($"[\n{Good},\n{Good.Replace("\"edited\"", "\"edit\"").Replace("\"a\"", "\"b\"")}]", "rows.jsonl:3: edited: is missing; a string is expected");
        AssertProblems($"[\n{Good},\n{{]", "rows.jsonl:3: is not valid JSON at byte 2 of the line");
        AssertProblems($"{Good}\n{{\"id\": 1, \"id\": 2}}\n", "rows.jsonl:2: id: stands twice in one object");
        AssertProblems($"[{Good}] x", "rows.jsonl:1: is not valid JSON");
    }

    [Theory]
    [InlineData("""{"prompt": "p", "response": "r"}""", "edited: is missing; a string is expected")]
    [InlineData("""{"prompt": "p", "response": 12, "edited": "e"}""", "response: 12 is a number; a string is expected")]
    [InlineData("""{"prompt": null, "response": "r", "edited": "e"}""", "prompt: null is no value; a string is expected")]
    [InlineData("""["p", "r", "e"]""", """["p", "r", "e"] is an array; an object is expected""")]
    [InlineData("""{"prompt": "p", "response": "r", "edited": "e" """, "is not valid JSON at byte")]
    [InlineData("""{"prompt": "p", "response": "r", "edited": "e", "edited": "f"}""", "edited: stands twice in one object")]
    [InlineData("""{"prompt": "p", "response": "bad \ud83d", "edited": "e"}""", "response: holds half of a surrogate pair")]
    [InlineData("""{"prompt": "p", "response": "r", "edited": "e", "note": ["\ude00"]}""", "note[0]: holds half of a surrogate pair")]
    [InlineData("{\"prompt\": \"p\", \"response\": \"r\0\", \"edited\": \"e\"}", "is not valid JSON at byte ")]
    [InlineData("""{"prompt": "p", "response": "four", "edited": "e", "spans": [{"start": 0, "end": 4}, {"start": 1, "end": 5}]}""",
        "spans[1].end: 5 is past the end of the response, which has 4 code-points")]
    [InlineData("""{"prompt": "p", "response": "four", "edited": "e", "spans": [{"start": 3, "end": 2}]}""", "spans[0].end: 2 is before the start, 3")]
    [InlineData("""{"prompt": "p", "response": "four", "edited": "e", "spans": [{"start": -1, "end": 2}]}""", "spans[0].start: -1 is before the response, which begins at 0")]
    [InlineData("""{"prompt": "p", "response": "four", "edited": "e", "spans": [{"start": 0.5, "end": 2}]}""", "spans[0].start: 0.5 is not a whole number; a whole number is expected")]
    [InlineData("""{"prompt": "p", "response": "four", "edited": "e", "spans": [{"end": 2}]}""", "spans[0].start: is missing; a whole number is expected")]
    [InlineData("""{"prompt": "p", "response": "four", "edited": "e", "spans": {"start": 1}}""", "spans: {\"start\": 1} is an object; an array is expected")]
    [InlineData("""{"prompt": "p", "response": "a😀", "edited": "e", "offset_unit": "utf-16", "spans": [{"start": 2, "end": 3}]}""", "spans[0].start: 2 lies inside a surrogate pair")]
    [InlineData("""{"prompt": "p", "response": "r", "edited": "e", "offset_unit": "bytes"}""", "offset_unit: \"bytes\" is not a unit of offsets (code-points, utf-16)")]
    [InlineData("""{"id": "a", "prompt": "p", "response": "r", "edited": "e"}""", "id: \"a\" is already the id of line 1; an id of its own is expected")]
    public void ABadRowIsNamedByLineAndField(string bad, string problem) =>
        AssertProblems(Good + "\n" + bad + "\n", $"rows.jsonl:2: {problem}");

    [Fact]
    public void WrongJsonAtLine17IsSaid()
    {
        string[] lines = [.. Enumerable.Range(1, 20).Select(i => Good.Replace("\"a\"", $"\"{i}\""))];
        lines[16] = lines[16].Replace("\"edited\":", "\"edited\"");
        AssertProblems(string.Join('\n', lines), "rows.jsonl:17: is not valid JSON at byte");
    }

    [Fact]
    public void AllProblemsAreToldAndNothingIsRead()
    {
        InvalidInputException exception = AssertProblems(
            """{"prompt": 1, "response": 2}""" + "\n" + Good + "\n" + "{oops}\n",
            "rows.jsonl:1: prompt: 1 is a number", "rows.jsonl:1: response: 2 is a number", "rows.jsonl:1: edited: is missing", "rows.jsonl:3: is not valid JSON");
        Assert.Contains("4 problems; nothing was read", exception.Message);
    }

    [Theory]
    [InlineData("", "is empty; one JSON object per line is expected")]
    [InlineData("\ufeff \r\n\n", "is empty; one JSON object per line is expected")]
    public void AnEmptyFileIsRefused(string content, string problem) => AssertProblems(content, problem);

    [Fact]
    public void BytesThatAreNotUtf8AreRefused()
    {
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes("{\"prompt\": \"p\", \"response\": \"caf\u00e9\", \"edited\": \"e\"}");
        using var file = new TemporaryFile(bytes);
        Assert.Contains("rows.jsonl:1: response: holds half of a surrogate pair or bytes that are not UTF-8", Assert.Throws<InvalidInputException>(() => EditRows.Read(file.Path)).Message);
        using var wide = new TemporaryFile(System.Text.Encoding.Unicode.GetPreamble().Concat(System.Text.Encoding.Unicode.GetBytes(Good)).ToArray());
        Assert.Contains("is UTF-16 text; UTF-8 is expected", Assert.Throws<InvalidInputException>(() => EditRows.Read(wide.Path)).Message);
    }

    [Fact]
    public void AMissingFileAndAFolderAreRefused()
    {
        using var file = new TemporaryFile("");
        Assert.Contains("there is no such file", Assert.Throws<InvalidInputException>(() => EditRows.Read(file.Path + "x")).Message);
        Assert.Contains("is a folder", Assert.Throws<InvalidInputException>(() => EditRows.Read(Path.GetDirectoryName(file.Path)!)).Message);
    }

    [Fact]
    public void AnEscapedNulIsTextLikeAnyOther() =>
        Assert.Equal("a\0b", Assert.Single(Read("""{"prompt": "", "response": "a\u0000b", "edited": ""}""")).Response);

    [Fact]
    public void AnyUnicodeSurvivesARoundTrip()
    {
        var random = new Random(5);
        EditRow[] rows = [.. Enumerable.Range(0, 200).Select(i => new EditRow($"{i}", "g", Whole(), Whole(), Whole()))];
        using var file = new TemporaryFile("");
        EditRows.Write(file.Path, rows);
        Assert.Equal(rows.Select(row => (row.Prompt, row.Response, row.Edited)), EditRows.Read(file.Path).Select(row => (row.Prompt, row.Response, row.Edited)));

        string Whole() => string.Concat(UnicodeTexts.Text(random, 20).EnumerateRunes()).Replace("\r\n", "\n");
    }

    [Fact]
    public void HalfASurrogatePairIsNotWrittenAndTheOldFileStays()
    {
        using var file = new TemporaryFile("before");
        var exception = Assert.Throws<InvalidInputException>(() => EditRows.Write(file.Path, [new EditRow("7", "g", "p", "r\ud83d", "e")]));
        Assert.StartsWith("row \"7\": response: holds half of a surrogate pair at UTF-16 unit 1", exception.Message);
        Assert.Equal("before", File.ReadAllText(file.Path));
        Assert.Equal(["rows.jsonl"], file.FilesBeside);
    }

    private static IReadOnlyList<EditRow> Read(string content)
    {
        using var file = new TemporaryFile(content);
        return EditRows.Read(file.Path);
    }

    private static InvalidInputException AssertProblems(string content, params string[] problems)
    {
        var exception = Assert.Throws<InvalidInputException>(() => Read(content));
        foreach (string problem in problems)
            Assert.Contains(problem, exception.Message);
        return exception;
    }
}
