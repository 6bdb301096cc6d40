using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class AspectPairsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void PairsPreferencesAndDialoguesAreRead()
    {
        IReadOnlyList<AspectPair> pairs = Read(
            """{"id": "x", "aspect": "honest", "prompt": "p", "better": "b", "worse": "w"}""",
            """{"aspect": "harmless", "prompt": "p", "chosen": "b", "rejected": "w"}""",
            """{"chosen": "\n\nHuman: hi\n\nAssistant: good day", "rejected": "\n\nHuman: hi\n\nAssistant: go away"}""");

        Assert.Equal(
            [
                new AspectPair("x", "honest", "p", "b", "w") { Line = 1 },
                new AspectPair("line-2", "harmless", "p", "b", "w") { Line = 2 },
                new AspectPair("line-3", "preferred", "\n\nHuman: hi\n\nAssistant:", " good day", " go away") { Line = 3 },
            ], pairs);
    }

    [Fact]
    public void EveryProblemIsNamed()
    {
        var error = Assert.Throws<InvalidInputException>(() => Read("""{"aspect": "", "prompt": "p", "better": "b", "worse": "w"}""", """{"aspect": "a", "prompt": "p", "better": "b", "worse": "b"}""", """{"aspect": "a", "prompt": "p", "better": 3}"""));

        Assert.Contains(":1: aspect: has 0 characters", error.Message);
        Assert.Contains(":2: worse: is the same text as the better one", error.Message);
        Assert.Contains(":3: better: 3 is a number", error.Message);
        Assert.Contains(":3: worse: is missing", error.Message);
    }

    private IReadOnlyList<AspectPair> Read(params string[] lines)
    {
        File.WriteAllLines(_file, lines);
        return AspectPairs.Read(_file);
    }
}
