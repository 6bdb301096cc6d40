using System.Collections.Immutable;
using Emend.Serving;
using Xunit;

namespace Emend.ServingTests;

public class StopStringsTests
{
    [Fact]
    public void HoweverATextIsCutIntoPiecesItEndsBeforeTheStopThatIsCompleteFirst()
    {
        var random = new Random(3);
        string[] letters = ["a", "b", "😀", "é"];
        string Draw(int most) => string.Concat(Enumerable.Range(0, 1 + random.Next(most)).Select(_ => letters[random.Next(letters.Length)]));
        int stopped = 0;
        for (int round = 0; round < 3000; round++)
        {
            string text = Draw(20);
            ImmutableArray<string> stops = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Draw(4))];
            var reader = new StopStrings(stops);
            string sent = "";
            for (int place = 0; place < text.Length;)
            {
                int end = Math.Min(text.Length, place + 1 + random.Next(5));
                sent += reader.Append(text[place..end]);
                Assert.False(!reader.Stopped && stops.Any(stop => sent.Contains(stop, StringComparison.Ordinal)));
                place = end;
            }
            sent += reader.Finish();

            Assert.Equal(Cut(text, stops), sent);
            stopped += reader.Stopped ? 1 : 0;
        }
        Assert.InRange(stopped, 500, 2500);
    }

    [Fact]
    public void NothingIsHeldBackThatNoStopBeginsWith()
    {
        var reader = new StopStrings(["<end>"]);

        Assert.Equal("a < b", reader.Append("a < b"));
        Assert.Equal(" ", reader.Append(" <en"));
        Assert.Equal("<en<", reader.Append("<<"));
    }

    /// <summary>By the definition: letter by letter, until the text ends with one of the stops; of several the longest.</summary>
    private static string Cut(string text, ImmutableArray<string> stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string? stop = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (stop is not null)
                return text[..(end - stop.Length)];
        }
        return text;
    }
}
