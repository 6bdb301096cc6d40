using System.Runtime.CompilerServices;
using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

/// <summary>Exports of other tools as items, and files that are read row by row.</summary>
public class ForeignItemsTests
{
    private static readonly ForeignMapping Mapping = new("question", ["first", "second"], "passage", "corrected", "customer");

    [Fact]
    public void ARecordOfArgillaBecomesAnItemAndNothingOfItIsLost()
    {
        const string file = """
            [
              {
                "id": "r-1",
                "fields": {"question": "How long?", "first": "Nine hours.", "second": "Ten hours\r\nor so.", "passage": "Nine.", "note": "kept"},
                "metadata": {"customer": "c7", "topic": "hours"},
                "suggestions": {"better": {"value": "first", "score": 0.8, "agent": "m"}},
                "responses": {"corrected": [{"value": "Nine whole hours.", "user_id": "u1"}, {"value": "9.", "user_id": "None"}]},
                "vectors": {"v": [0.1]}
              }
            ]
            """;

        FeedbackItem item = Assert.Single(Read(file, ForeignFormat.Argilla));

        Assert.Equal(("r-1", "c7", "How long?", "Nine.", "Nine whole hours.", 2), (item.Id, item.Group, item.Prompt, item.Context, item.ReferenceEdit, item.Line));
        Assert.Equal([new Response("Nine hours.", "first"), new Response("Ten hours\nor so.", "second")], item.Responses);
        Assert.Equal(["argilla", "note", "topic"], item.Extra.Fields.Select(field => field.Key).Order(StringComparer.Ordinal));
        Assert.Contains("\"user_id\":\"None\"", item.Extra.Fields.Single(field => field.Key == "argilla").Value.GetRawText());
        Assert.Equal(1, item.NewlinesNormalized);
    }

    [Fact]
    public void FlattenedRecordsSayWhichAnswersWereSubmitted()
    {
        const string file = """{"id": "r", "question": "q", "first": "a", "second": "b", "customer": "c", "topic": "t", "corrected.responses": ["draft", "final"], "corrected.responses.users": ["u", "v"], "corrected.responses.status": ["draft", "submitted"]}""";

        FeedbackItem item = Assert.Single(Read(file, ForeignFormat.Argilla));

        Assert.Equal(("final", "c"), (item.ReferenceEdit, item.Group));
        Assert.Contains("corrected.responses.users", item.Extra.Fields.Select(field => field.Key));
    }

    [Fact]
    public void AListOfMessagesIsADialogue()
    {
        const string file = """{"id": 3, "fields": {"chat": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day"}]}}""";

        FeedbackItem item = Assert.Single(Read(file, ForeignFormat.Argilla, new ForeignMapping("chat", []), TaskKind.Turn));

        Assert.Equal(("3", ""), (item.Id, item.Prompt));
        Assert.Equal([new Turn("user", "Hello"), new Turn("assistant", "Good day")], item.Turns);
    }

    [Fact]
    public void ATaskOfLabelStudioGivesTheEditOfTheFirstAnnotationThatWasNotSkipped()
    {
        const string file = """
            [{"id": 12, "project": 4, "data": {"question": "How long?", "first": "Nine", "second": "Ten", "topic": "hours"},
              "annotations": [
                {"id": 1, "was_cancelled": true, "completed_by": 2, "result": []},
                {"id": 2, "was_cancelled": false, "completed_by": {"id": 5, "email": "somebody@mail.example"}, "lead_time": 4.5, "result": [
                  {"from_name": "better", "to_name": "texts", "type": "pairwise", "value": {"selected": "left"}},
                  {"from_name": "corrected", "to_name": "second", "type": "textarea", "value": {"text": ["Ten hours"]}}]}],
              "drafts": [], "predictions": []}]
            """;

        FeedbackItem item = Assert.Single(Read(file, ForeignFormat.LabelStudio));

        Assert.Equal(("12", "12", "Ten hours"), (item.Id, item.Group, item.ReferenceEdit));
        Assert.Equal(["labelStudio", "topic"], item.Extra.Fields.Select(field => field.Key).Order(StringComparer.Ordinal));
        string kept = item.Extra.Fields.Single(field => field.Key == "labelStudio").Value.GetRawText();
        Assert.Contains("\"completed_by\":5", kept);
        Assert.DoesNotContain("somebody", kept);
    }

    [Fact]
    public void EveryProblemOfAForeignFileIsNamedByLineAndFieldAndNothingIsRead()
    {
        const string file = """
            {"id": "a", "fields": {"question": 7, "first": "x", "second": "y"}}
            {"id": "b", "fields": {"question": "q", "first": "x"}}
            {"id": "c", "fields": {"question": "q", "first": "x", "second": "y"}, "responses": {"corrected": [{"user_id": "u"}]}}
            {"id": "c", "fields": {"question": "q", "first": "x", "second": "y"}}
            {"id": true, "fields": "none"}
            """;

        string message = Assert.Throws<InvalidInputException>(() => Read(file, ForeignFormat.Argilla)).Message;

        Assert.Contains("rows.jsonl:1: fields.question: 7 is a number; a string is expected", message);
        Assert.Contains("rows.jsonl:2: second: is missing; the field that was named as a response is expected", message);
        Assert.Contains("rows.jsonl:3: responses.corrected[0].value: is missing", message);
        Assert.Contains("rows.jsonl:4: id: \"c\" is already the id of line 3", message);
        Assert.Contains("rows.jsonl:5: id: true is a boolean; a string or a whole number is expected", message);
        Assert.Contains("rows.jsonl:5: fields: \"none\" is a string; an object is expected", message);
    }

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("""[{"id": "a", "prompt": "a ] } \" , [", "responses": ["x"]}, {"id": "b", "prompt": "\\", "responses": ["y"]}]""", 2)]
    [InlineData("\ufeff\n [\n{\"prompt\":\"p\",\"responses\":[\"x\"]}\n,\n{\"prompt\":\"q\",\"responses\":[\"x\"]}\n] \n", 2)]
    [InlineData("{\"prompt\":\"p\",\"responses\":[\"x\"]}\r\n\r\n{\"prompt\":\"q\",\"responses\":[\"x\"]}", 2)]
    public void AFileIsCutIntoItsRows(string content, int rows)
    {
        using var file = new TemporaryFile(content);

        Assert.Equal(rows, ItemRows.Read(file.Path, TaskKind.Edit).Count);
    }

    [Theory]
    [InlineData("[{\"prompt\":\"p\",\"responses\":[\"x\"]}", "rows.jsonl:1: is not valid JSON: the array does not end")]
    [InlineData("[{\"prompt\":\"p\",\"responses\":[\"x\"]}\n{\"prompt\":\"p\",\"responses\":[\"x\"]}]", "rows.jsonl:2: is not valid JSON at byte 1 of the line: '{' stands where a comma or ] is expected")]
    [InlineData("[{\"prompt\":\"p\",\"responses\":[\"x\"]},]", "rows.jsonl:1: is not valid JSON at byte")]
    [InlineData("[1, 2]", "rows.jsonl:1: 1 is a number; an object is expected")]
    [InlineData("[\n{\"prompt\":\n\"p\" x}]", "rows.jsonl:3: is not valid JSON at byte 5 of the line")]
    public void WhatIsNoListOfRowsIsNamed(string content, string problem)
    {
        using var file = new TemporaryFile(content);

        Assert.Contains(problem, Assert.Throws<InvalidInputException>(() => ItemRows.Read(file.Path, TaskKind.Edit)).Message);
    }

    [Fact]
    public void RowsThatWereTakenAreForgotten()
    {
        using var file = new TemporaryFile(string.Concat(Enumerable.Range(0, 100).Select(n => $"{{\"id\":\"i{n}\",\"prompt\":\"{new string('x', 1000)}\",\"responses\":[\"r\"]}}\n")));
        using IEnumerator<FeedbackItem> rows = ItemRows.Stream(file.Path, TaskKind.Edit).GetEnumerator();
        WeakReference[] taken = [.. Enumerable.Range(0, 90).Select(_ => Take(rows))];

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.DoesNotContain(taken[..80], row => row.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Take(IEnumerator<FeedbackItem> rows)
    {
        Assert.True(rows.MoveNext());
        return new WeakReference(rows.Current);
    }

    private static FeedbackItem[] Read(string content, ForeignFormat format, ForeignMapping? mapping = null, TaskKind kind = TaskKind.Edit)
    {
        using var file = new TemporaryFile(content);
        return [.. ForeignItems.Stream(file.Path, format, mapping ?? Mapping, kind)];
    }
}
