using System.Text.Json;
using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class EditStatisticsTests
{
    private static readonly EditRow[] Rows =
    [
        Row("a bad word here", "a word here"),               // one deletion of 4: rate 1/4
        Row("a bad day", "a good day"),                      // one replacement of 3: rate 1/3
        Row("all is well", "all is well now and then"),      // one insertion of 3 in 6: rate 1/2
        Row("bad as it was", "bad as it was"),               // nothing
    ];

    [Fact]
    public void TheNumbersAreThoseCountedByHand()
    {
        EditStatistics statistics = EditStatistics.Of(Rows);
        Assert.Equal((4, 1), (statistics.Rows, statistics.Identical));
        Assert.Equal((1 / 4.0 + 1 / 3.0 + 1 / 2.0) / 4, statistics.MeanEditRate, Near.Float64);
        Assert.Equal((1 / 4.0 + 1 / 3.0) / 2, statistics.MedianEditRate, Near.Float64);
        Assert.Equal(3 / 4.0, statistics.HunksPerRow);
        Assert.Equal((1 / 3.0, 1 / 3.0, 1 / 3.0), (statistics.InsertedShare, statistics.DeletedShare, statistics.ReplacedShare));
        Assert.Equal(12 / 14.0, statistics.WordsKeptShare, Near.Float64);
        Assert.Equal((14 / 4.0, 16 / 4.0), (statistics.MeanResponseWords, statistics.MeanEditedWords));
        Assert.Equal(2 / 14.0, statistics.LengthChange, Near.Float64);
        Assert.Equal([new RemovedWord("bad", 2, 3)], statistics.MostRemoved);
    }

    [Fact]
    public void WordsAreLearntByCountAndShare()
    {
        Assert.Equal(["bad"], RemovedWords.Learn(Rows, minimumCount: 3, minimumShare: 2 / 3.0));
        Assert.Empty(RemovedWords.Learn(Rows, minimumCount: 4, minimumShare: 0.5));
        Assert.Empty(RemovedWords.Learn(Rows, minimumCount: 1, minimumShare: 0.7));
        Assert.Throws<InvalidInputException>(() => RemovedWords.Learn(Rows, 1, 0));
    }

    [Fact]
    public void StatisticsBecomeJson() =>
        Assert.Contains("\"MostRemoved\":[{\"Word\":\"bad\",\"Removals\":2,\"Occurrences\":3,\"Share\":0.666", JsonSerializer.Serialize(EditStatistics.Of(Rows)));

    [Fact]
    public void NoRowsAreRefused() => Assert.Throws<InvalidInputException>(() => EditStatistics.Of([]));

    [Fact]
    public void ARowTooLongToAlignIsNamed()
    {
        string Words(string word) => string.Join(' ', Enumerable.Repeat(word, SequenceDiff.DefaultMaxDistance + 1));
        EditRow row = Row(Words("a"), Words("b")) with { Line = 7 };
        Assert.StartsWith("row \"id\" (line 7): too large to align", Assert.Throws<InvalidInputException>(() => EditStatistics.Of([row])).Message);
    }

    [Fact]
    public void RealMinimalEditsTeachWordsToRemove()
    {
        EditRow[] rows = [.. EditRows.Read(SharedData.Path("datasets", "paradetox", "edits.normalized.jsonl")).Where(row => row.Extra.Flag("minimal") == true)];
        EditStatistics statistics = EditStatistics.Of(rows);
        IReadOnlySet<string> words = RemovedWords.Learn(rows, minimumCount: 10, minimumShare: 0.8);
        TestContext.Current.TestOutputHelper?.WriteLine($"{statistics with { MostRemoved = [] }}; {words.Count} words");
        Assert.InRange(statistics.MeanEditRate, 0.05, 0.34);
        Assert.InRange(words.Count, 10, 500);
        Assert.True(rows.Count(row => row.Response.Split(' ').Any(words.Contains)) > rows.Length / 2);
        Assert.True(rows.Count(row => row.Edited.Split(' ').Any(words.Contains)) < rows.Length / 10);
    }

    private static EditRow Row(string response, string edited) => new("id", "group", "", response, edited);
}
