using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class ResponsePairsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void PairsAreReadWithWhatPeopleSaid() => Assert.Equal(
        [new ResponsePair("x", "p", "1", "2", "tie") { Line = 1 }, new ResponsePair("line-2", "p", "1", "2") { Line = 2 }],
        Read("""{"id": "x", "prompt": "p", "a": "1", "b": "2", "human": "tie"}""", """{"prompt": "p", "a": "1", "b": "2"}"""));

    [Fact]
    public void PairsSayWhoseTheirResponsesAreAndWhatTheyTry()
    {
        ResponsePair pair = Assert.Single(Read("""{"prompt": "p", "a": "1", "b": "2", "model_a": "v1", "model_b": "v2", "aspect": "honest"}"""));

        Assert.Equal(("v1", "v2", "honest"), (pair.ModelA, pair.ModelB, pair.Aspect));
        Assert.Contains(":1: model_a: is missing, where the other response has its model", Assert.Throws<InvalidInputException>(() => Read("""{"prompt": "p", "a": "1", "b": "2", "model_b": "v2"}""")).Message);
    }

    [Fact]
    public void AnEditIsBetterThanWhatItEdits() => Assert.Equal(
        [new ResponsePair("line-1", "p", "1", "2", "b") { Line = 1 }, new ResponsePair("line-2", "p", "1", "1", "tie") { Line = 2 }],
        Read("""{"prompt": "p", "response": "1", "edited": "2"}""", """{"prompt": "p", "response": "1", "edited": "1"}"""));

    [Fact]
    public void WhatAProgramMadeIsNoPersonsVerdict() => Assert.All(
        Read("""{"prompt": "p", "a": "1", "b": "2", "human": "b", "source": "simulated"}""").Concat(
        Read("""{"prompt": "p", "response": "1", "edited": "2", "source": "ai", "model": "m"}""", """{"prompt": "p", "response": "1", "edited": "1", "source": "ai"}""")).Concat(
        Read("""{"prompt": "p", "chosen": "1", "rejected": "2", "source": "ai"}""")), pair => Assert.Null(pair.Human));

    [Fact]
    public void RowsOfAnArrayOnOneLineHaveNamesOfTheirOwn() => Assert.Equal(["line-1", "line-1-2", "line-1-3", "line-2"],
        Read("""[{"prompt": "p", "a": "1", "b": "2"}, {"prompt": "p", "a": "1", "b": "2"}, {"prompt": "p", "a": "1", "b": "2"},""", """{"prompt": "p", "a": "1", "b": "2"}]""").Select(pair => pair.Id));

    [Fact]
    public void TheChosenResponseStandsOnEitherSide()
    {
        IReadOnlyList<ResponsePair> pairs = Read([.. Enumerable.Range(0, 10).Select(i => $$"""{"id": "{{i}}", "prompt": "p", "chosen": "good", "rejected": "bad"}""")]);

        Assert.Equal(5, pairs.Count(pair => pair.Human == "a"));
        Assert.All(pairs, pair => Assert.Equal("good", pair.Human == "a" ? pair.A : pair.B));
    }

    [Fact]
    public void AlpacaFarmsVerdictsCountAsPeoples()
    {
        ResponsePair pair = Assert.Single(Read("""{"instruction": "do", "input": "it", "output_1": "bad", "output_2": "good", "preference": 2}"""));

        Assert.Equal(("do\n\nit", "good"), (pair.Prompt, pair.Human == "a" ? pair.A : pair.B));
    }

    [Fact]
    public void WhatIsWrongIsNamed()
    {
        var error = Assert.Throws<InvalidInputException>(() => Read("""{"id": "x", "prompt": "p", "a": "1", "b": "2", "human": "c"}""", """{"id": "x", "prompt": "p", "a": "1"}""", """{"id": "x", "prompt": "p", "a": "1", "b": "2"}"""));

        Assert.Contains(":1: human: \"c\" is not a verdict (a, b, tie)", error.Message);
        Assert.Contains(":2: b: is missing", error.Message);
        Assert.Contains(":3: id: \"x\" is already the id of line 1", error.Message);
    }

    private IReadOnlyList<ResponsePair> Read(params string[] lines)
    {
        File.WriteAllLines(_file, lines);
        return ResponsePairs.Read(_file);
    }
}
