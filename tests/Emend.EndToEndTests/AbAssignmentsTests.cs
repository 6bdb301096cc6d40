using System.Text.Json;
using Emend.Serving;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>Scores of users whom a served experiment has split, read with its log.</summary>
public sealed class AbAssignmentsTests : IDisposable
{
    private const string Split = """{"split":"lamps","variants":[{"name":"old","share":0.5,"fingerprint":"fp_1"},{"name":"new","share":0.5,"fingerprint":"fp_2"}]}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheBetterVariantWinsWithItsDifferenceAndThePartsOfTheUsers()
    {
        // 60 users each; of the new one's 54 are content, of the old one's 18: 0.9 and 0.3.
        string log = Log(Enumerable.Range(0, 120).Select(i => (i, i % 2 == 0 ? "old" : "new")));
        string scores = folder.Write("scores.jsonl", string.Concat(Enumerable.Range(0, 120).Select(i => $$"""{"user": "user-{{i}}", "score": {{(i % 2 == 0 ? i < 36 ? 1 : 0 : i < 108 ? 1 : 0)}}}""" + "\n")));

        JsonElement test = JsonElement.Parse(Finished.Emend(["ab", scores, "--assignments", log, "--json"]).Succeeded().Out), peek = JsonElement.Parse(Finished.Emend(["ab", scores, "--assignments", log, "--peek", "--json"]).Succeeded().Out);

        Assert.Equal(("win", "lamps", "old", "new"), (test.GetProperty("verdict").GetString(), test.GetProperty("experiment").GetString(), test.GetProperty("a").GetString(), test.GetProperty("b").GetString()));
        Assert.Equal((0.3, 0.9, 60, 60), (test.GetProperty("meanA").GetDouble(), test.GetProperty("meanB").GetDouble(), test.GetProperty("usersA").GetInt32(), test.GetProperty("usersB").GetInt32()));
        Assert.Equal(0.6, test.GetProperty("difference").GetDouble(), Near.NinePlaces);
        Assert.InRange(0.6, test.GetProperty("low").GetDouble(), test.GetProperty("high").GetDouble());
        Assert.False(test.GetProperty("mismatch").GetBoolean());
        Assert.Equal("always valid", peek.GetProperty("bound").GetString());
        Assert.Contains("win: new scores 0.9 (60 users), old 0.3 (60 users)", Finished.Emend(["ab", scores, "--assignments", log]).Succeeded().Out);
    }

    [Fact]
    public void AUserCountsOnceByTheMeanOfTheirScoresOrWhenLookingByTheFirst()
    {
        string log = Log([(0, "old"), (1, "new")]);
        string scores = folder.Write("scores.jsonl", """
            {"user": "user-0", "score": 1}
            {"request": "r1", "score": 1}
            {"user": "user-1", "score": 0}

            """);

        JsonElement test = JsonElement.Parse(Finished.Emend(["ab", scores, "--assignments", log, "--json"]).Succeeded().Out), peek = JsonElement.Parse(Finished.Emend(["ab", scores, "--assignments", log, "--peek", "--json"]).Succeeded().Out);

        Assert.Equal(("not enough data", 1, 0.5), (test.GetProperty("verdict").GetString(), test.GetProperty("usersB").GetInt32(), test.GetProperty("meanB").GetDouble()));
        Assert.Equal(1, peek.GetProperty("meanB").GetDouble());
    }

    [Fact]
    public void TheLogOfAServerThatWasKilledIsReadUpToItsLastWholeLine()
    {
        string log = Log([(0, "old"), (1, "new")]), scores = folder.Write("scores.jsonl", "{\"user\": \"user-0\", \"score\": 1}\n{\"user\": \"user-1\", \"score\": 0}\n");
        File.AppendAllText(log, "{\"at\":\"2026-01-01T00:00:00Z\",\"exper");

        JsonElement test = JsonElement.Parse(Finished.Emend(["ab", scores, "--assignments", log, "--json"]).Succeeded().Out);

        Assert.Equal((1, 1), (test.GetProperty("usersA").GetInt32(), test.GetProperty("usersB").GetInt32()));
    }

    [Fact]
    public void ASplitThatLosesUsersOfOneVariantIsReported()
    {
        // 200 of 300 where half is meant: p is below a millionth.
        string log = Log(Enumerable.Range(0, 300).Select(i => (i, i % 3 == 0 ? "old" : "new")));
        string scores = folder.Write("scores.jsonl", "{\"user\": \"user-0\", \"score\": 1}\n{\"user\": \"user-1\", \"score\": 1}\n");

        Assert.True(JsonElement.Parse(Finished.Emend(["ab", scores, "--assignments", log, "--json"]).Succeeded().Out).GetProperty("mismatch").GetBoolean());
        Assert.Contains("WARNING: the sample ratio", Finished.Emend(["ab", scores, "--assignments", log]).Succeeded().Out);
    }

    [Fact]
    public void WhatFitsNotIsNamed()
    {
        string log = Log([(0, "old"), (1, "new")]);
        string[] Read(string scores) => ["ab", folder.Write("scores.jsonl", scores), "--assignments", log];

        Finished.Emend(Read("{\"user\": \"user-0\", \"score\": 2}\n")).WasRefused("scores.jsonl:1: score", "between 0");
        Finished.Emend(Read("{\"user\": \"stranger\", \"score\": 1}\n")).WasRefused("scores.jsonl:1: user \"stranger\"", "none of the log");
        Finished.Emend(Read("{\"score\": 1}\n")).WasRefused("user is missing, and so is request");
        Finished.Emend(Read("{\"user\": \"user-0\", \"score\": 1}\n")).WasRefused("no score of a user who met new");
        Finished.Emend([.. Read("{\"user\": \"user-0\", \"score\": 1}\n"), "--variants", "old,other"]).WasRefused("--variants old,other", "old, new");
        Finished.Emend(["ab", log, "--variants", "old,new"]).WasRefused("goes with --assignments");
        File.AppendAllText(log, File.ReadLines(log).Last().Replace("\"new\"", "\"old\"", StringComparison.Ordinal) + "\n");
        Finished.Emend(Read("{\"user\": \"user-0\", \"score\": 1}\n")).WasRefused("log.jsonl:4: variant is \"old\"", "met \"new\" before");
    }

    [Fact]
    public void AnExperimentFileIsReadStrictly()
    {
        folder.Write("prompt.json", """{"template": "{{a}} and {{b}}"}""");
        string[] Serve(string file) => ["serve", "--model", folder.Path, "--experiment", folder.Write("e.yaml", file)];

        Finished.Emend(Serve("name: x\nvariants:\n  - {name: a}\n  - {name: b, temprature: 1}\n")).WasRefused("e.yaml:4", "temprature", "did you mean \"temperature\"");
        Finished.Emend(Serve("name: x\nvariants:\n  - {name: a}\n")).WasRefused("two at least");
        Finished.Emend(Serve("name: x\nvariants:\n  - {name: a}\n  - {name: b, prompt: prompt.json}\n")).WasRefused("variants[1].prompt", "2 variables (a, b)");
        folder.Write("context.json", """{"template": "{{context}}\n{{question}}"}""");
        Finished.Emend(Serve("name: x\nvariants:\n  - {name: a}\n  - {name: b, prompt: context.json}\n")).WasRefused("variants[1].prompt", "a server injects no documents", "emend prompt run --inject", "emend prompt pairs");
        folder.Write("named.json", """{"template": "{{q}}", "settings": {"model": "other"}}""");
        Finished.Emend(Serve("name: x\nvariants:\n  - {name: a}\n  - {name: b, prompt: named.json}\n")).WasRefused("variants[1].prompt", "is for the model \"other\"", folder.Path);
        // As a folder's name, of the variant's own model and of the server's: the next mistake is named.
        Finished.Emend(Serve("name: x\nvariants:\n  - {name: b, prompt: named.json, model: models/other/}\n")).WasRefused("two at least");
        folder.Write("named.json", $$$"""{"template": "{{q}}", "settings": {"model": "{{{Path.GetFileName(folder.Path)}}}"}}""");
        Finished.Emend(Serve("name: x\nvariants:\n  - {name: b, prompt: named.json}\n")).WasRefused("two at least");
        Finished.Emend(["serve", "--model", folder.Path, "--assignments", "x.jsonl"]).WasRefused("--assignments x.jsonl", "--experiment");
    }

    private string Log(IEnumerable<(int User, string Variant)> met) => folder.Write("log.jsonl", Split + "\n" + string.Concat(met.Select(one =>
        $$"""{"at":"2026-01-01T00:00:00Z","experiment":"lamps","variant":"{{one.Variant}}","user":"{{Experiment.Pseudonym("lamps", $"user-{one.User}")}}","request":"r{{one.User}}"}""" + "\n")));
}
