using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class AbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ClearVotesWinUnderBothBounds()
    {
        string file = folder.Write("votes.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => i % 6 == 0 ? "{\"vote\": \"a\", \"first\": \"a\"}\n" : "{\"vote\": \"b\", \"first\": \"a\"}\n")));

        JsonElement fixedHorizon = Answer("ab", file, "--json"), peek = Answer("ab", file, "--peek", "--json");

        Assert.Equal(("win", "win"), (fixedHorizon.GetProperty("verdict").GetString(), peek.GetProperty("verdict").GetString()));
        Assert.Equal((50, 10, 0), (fixedHorizon.GetProperty("wins").GetInt32(), fixedHorizon.GetProperty("losses").GetInt32(), fixedHorizon.GetProperty("ties").GetInt32()));
        Assert.Equal(100.0 / 6, fixedHorizon.GetProperty("firstShownWins").GetDouble(), Near.NinePlaces);
        Assert.Contains("win: B has 83.3 %", Finished.Emend(["ab", file]).Succeeded().Out);
    }

    [Fact]
    public void FewVotesAreNotEnoughAndItSaysHowManyMore()
    {
        string file = folder.Write("votes.jsonl", "{\"a\": 1.5, \"b\": 2}\n{\"a\": 3, \"b\": 1}\n{\"a\": 1, \"b\": 1}\n{\"a\": 0, \"b\": 2}\n{\"vote\": \"b\"}\n");

        JsonElement answer = Answer("ab", file, "--json"), planned = Answer("ab", file, "--horizon", "50", "--json");

        Assert.Equal("not enough data", answer.GetProperty("verdict").GetString());
        Assert.True(answer.GetProperty("more").GetInt32() > 5);
        Assert.Equal(45, planned.GetProperty("more").GetInt32());
        Assert.Equal(JsonValueKind.Null, planned.GetProperty("pValue").ValueKind);
    }

    [Fact]
    public void BeforeAnyVoteItSaysWhatATestCouldFind()
    {
        // (1.959964 + 0.841621) × 0.5 / √300, Lehr 1992.
        Assert.Equal(8.0875, Answer("ab", "--horizon", "300", "--json").GetProperty("minimumDetectable").GetDouble(), 0.0005);
        Assert.Contains("8.1 points from 50", Finished.Emend(["ab", "--horizon", "300"]).Succeeded().Out);
        Finished.Emend(["ab"]).WasRefused("FILE: is missing", "--horizon N");
        Finished.Emend(["ab", "--horizon", "300", "--variants", "a,b"]).WasRefused("--variants: goes with FILE");
    }

    [Fact]
    public void MoreThanThereCanBeIsNotPromised()
    {
        string file = folder.Write("votes.jsonl", "{\"vote\": \"b\"}\n{\"vote\": \"a\"}\n{\"vote\": \"b\"}\n");

        Assert.Equal(JsonValueKind.Null, Answer("ab", file, "--json").GetProperty("minimumDetectable").ValueKind);
        Assert.Equal(JsonValueKind.Null, Answer("ab", "--horizon", "7", "--json").GetProperty("minimumDetectable").ValueKind);
        Assert.Contains("further from 50 than any can be", Finished.Emend(["ab", file]).Succeeded().Out);
        Assert.Contains("49.5 points from 50", Finished.Emend(["ab", "--horizon", "8"]).Succeeded().Out);
    }

    [Fact]
    public void WhatWasShownFirstIsCountedOverTheVotesOfTheTest()
    {
        string file = folder.Write("votes.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $"{{\"vote\": \"b\", \"first\": \"{(i < 10 ? "b" : "a")}\"}}\n")));

        Assert.Equal(100, Answer("ab", file, "--horizon", "10", "--json").GetProperty("firstShownWins").GetDouble());
        Assert.Equal(25, Answer("ab", file, "--json").GetProperty("firstShownWins").GetDouble());
    }

    [Theory]
    [InlineData("""{"vote": "a", "a": 1, "b": 2}""", "votes.jsonl:1: vote is for A, and the scores a 1 and b 2 are for B")]
    [InlineData("""{"vote": 0.5, "a": 1.5, "b": 1}""", "vote is for neither, and the scores a 1.5 and b 1 are for A")]
    [InlineData("""{"vote": "b", "vote": "a"}""", "votes.jsonl:1: vote stands twice in one object")]
    public void ARowThatContradictsItselfIsNamed(string row, string complaint) => Finished.Emend(["ab", folder.Write("votes.jsonl", row)]).WasRefused(complaint);

    [Fact]
    public void AVoteThatIsNoneIsNamedByItsLine()
    {
        string file = folder.Write("votes.jsonl", "{\"vote\": \"b\"}\n{\"vote\": \"c\"}\n");

        Finished.Emend(["ab", file]).WasRefused("votes.jsonl:2: vote is \"c\"");
        Finished.Emend(["ab", file, "--horizon", "3", "--peek"]).WasRefused("--horizon and --peek");
    }

    [Fact]
    public void AResultIsRecordedOfBothVersionsAsTheStudioDoes()
    {
        string[] store = ["--data", folder.Path];
        Finished.Emend(["project", "create", "letters", .. store]).Succeeded();
        foreach (string text in (string[])["Tell.", "Tell all."])
            Finished.Emend(["prompt", "add", "story", folder.Write("p.json", JsonSerializer.Serialize(new { template = text })), .. store]).Succeeded();
        string votes = folder.Write("votes.jsonl", string.Concat(Enumerable.Repeat("{\"vote\": \"b\"}\n", 9)) + "{\"vote\": \"a\"}\n");
        string[] record = ["ab", votes, "--stored", "story@1", "--stored", "story@2", "--test", "spring mail", "--by", "Ada", .. store];

        JsonElement recorded = Answer([.. record, "--json"]).GetProperty("recorded");

        Assert.Equal(("ab:spring-mail", 1, 2), (recorded.GetProperty("metric").GetString(), recorded.GetProperty("a").GetProperty("version").GetInt32(), recorded.GetProperty("b").GetProperty("version").GetInt32()));
        Assert.Equal((0.1, 0.9), (Math.Round(recorded.GetProperty("a").GetProperty("value").GetDouble(), 9), recorded.GetProperty("b").GetProperty("value").GetDouble()));
        Assert.Contains("best:ab:spring-mail", recorded.GetProperty("b").GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Contains("ab:spring-mail=0.9", Finished.Emend(["prompt", "log", "story", .. store]).Succeeded().Out);
        Assert.Contains("recorded as ab:spring-mail: 0.1 for story@1, 0.9 for story@2", Finished.Emend(record).Succeeded().Out);
        Finished.Emend([.. record, "--horizon", "50"]).WasRefused("planned for 50 votes and has 10");
        Finished.Emend(["ab", votes, "--stored", "story@1", "--test", "x", .. store]).WasRefused("--stored: two versions are expected");
        Finished.Emend(["ab", votes, "--stored", "story@1", "--stored", "story@2", .. store]).WasRefused("--test TEST is missing");
        Finished.Emend(["ab", votes, "--stored", "story@1", "--stored", "story@1", "--test", "x", .. store]).WasRefused("two versions of one prompt are expected");
        Finished.Emend(["ab", votes, "--test", "x"]).WasRefused("--test x: goes with --stored");
        Finished.Emend(["ab", "--horizon", "5", "--stored", "story@1"]).WasRefused("--stored: goes with FILE");
    }

    [Fact]
    public void ModelsAreRankedThroughTheirBaseline()
    {
        string file = folder.Write("verdicts.jsonl", """
            {"model": "good", "baseline": "base", "preferences": [2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2]}
            {"model": "poor", "baseline": "base", "preferences": [1, 1, 2, 1, 1, 1, 1, 1, null, 1, 1, 1.5]}
            """);

        JsonElement[] ranking = [.. Finished.Emend(["evaluate", "rank", file, "--json"]).Succeeded().Lines.Select(line => JsonElement.Parse(line))];

        Assert.Equal(["good", "base", "poor"], ranking.Select(system => system.GetProperty("model").GetString()));
        Assert.Equal([12, 23, 11], ranking.Select(system => system.GetProperty("comparisons").GetInt32()));
        Assert.Contains("good", Finished.Emend(["evaluate", "rank", file]).Succeeded().Out);
    }

    [Fact]
    public void VerdictsWithLengthsAreControlledForThem()
    {
        string file = folder.Write("verdicts.jsonl", """{"preferences": [2, 2, 1, 2, 1, 1.5], "output_lengths": [90, 80, 20, 70, 30, 50], "baseline_lengths": [50, 50, 50, 50, 50, 50]}""");

        JsonElement rate = Answer("evaluate", "verdicts", file, "--json"), lengths = rate.GetProperty("lengthControlled");

        Assert.Equal(rate.GetProperty("winRate").GetDouble(), rate.GetProperty("win_rate").GetDouble());
        Assert.Equal(6, rate.GetProperty("n_total").GetInt32());
        Assert.Equal(100, lengths.GetProperty("longerWins").GetDouble());
        Assert.Equal(100 * 3.5 / 6, lengths.GetProperty("alwaysLonger").GetDouble(), Near.NinePlaces);
        Assert.True(lengths.GetProperty("lengthEffect").GetDouble() > 1);
    }

    private static JsonElement Answer(params string[] arguments) => JsonElement.Parse(Assert.Single(Finished.Emend(arguments).Succeeded().Lines));
}
