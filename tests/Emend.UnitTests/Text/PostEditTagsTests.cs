using System.Text.Json;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Text;

public sealed class PostEditTagsTests
{
    [Fact]
    public void TheWordScriptReproducesTheGoldTagsOfHumanPostEdits()
    {
        Agreement words = new(), gaps = new();
        foreach (JsonElement row in Rows())
        {
            EditScript script = TextEdits.ComputeWords(Text(row, "response"), Text(row, "edited")).Script;
            words.Add(Text(row, "word_bad"), script.OriginalChanged());
            gaps.Add(Text(row, "gap_bad"), script.OriginalGapInserted());
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"word tags {words}; gap tags {gaps}");
        Assert.True(words.Share >= 0.998, $"word tags {words}");
        Assert.True(gaps.Share >= 0.998, $"gap tags {gaps}");
    }

    [Fact]
    public void TheTieRuleIsTheOneOfTheGoldTagsWhichWereAlignedWithoutCase()
    {
        // The gold alignment folds case and then tags words that differ in case as bad: with that reading nothing is left to chance.
        Agreement words = new(), gaps = new();
        foreach (JsonElement row in Rows())
        {
            TextUnits response = TextUnits.Words(Text(row, "response")), edited = TextUnits.Words(Text(row, "edited"));
            EditScript script = TextEdits.ComputeWords(response.Text.ToLowerInvariant(), edited.Text.ToLowerInvariant()).Script;
            bool[] changed = script.OriginalChanged();
            foreach ((int i, int j) in script.Matches())
                changed[i] = !response.Covered(i).SequenceEqual(edited.Covered(j));
            words.Add(Text(row, "word_bad"), changed);
            gaps.Add(Text(row, "gap_bad"), script.OriginalGapInserted());
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"word tags {words}; gap tags {gaps}");
        Assert.True(words.Share >= 0.9999, $"word tags {words}");
        Assert.True(gaps.Share >= 0.9999, $"gap tags {gaps}");
    }

    private static IEnumerable<JsonElement> Rows() =>
        File.ReadLines(SharedData.Path("datasets", "mlqe-pe-et-en", "edits.jsonl")).Select(line => JsonDocument.Parse(line).RootElement);

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    private sealed class Agreement
    {
        private int _equal;
        private int _all;
        private int _rowsEqual;
        private int _rows;

        public double Share => (double)_equal / _all;

        public void Add(string gold, bool[] tags)
        {
            Assert.Equal(gold.Length, tags.Length);
            int equal = gold.Zip(tags).Count(pair => pair.First == '1' == pair.Second);
            _equal += equal;
            _all += gold.Length;
            _rowsEqual += equal == gold.Length ? 1 : 0;
            _rows++;
        }

        public override string ToString() => $"{Share:P3} of {_all}, {(double)_rowsEqual / _rows:P2} of rows whole";
    }
}
