using System.Text.Json;
using Emend.Feedback;
using Emend.JudgingTests;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>emend judge and emend annotate as processes, against scripted endpoints in this one.</summary>
public sealed class JudgeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task VerdictsAreWrittenAsAnAisAndTheReportSaysWhatBiasTheJudgeHas()
    {
        // Takes the longer one, and the first where they are equally long.
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => JudgedTexts.Of(contents) is var texts && texts.A.Length >= texts.B.Length ? "A" : "B");
        string pairs = folder.Write("pairs.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => JsonSerializer.Serialize(new { id = $"p{i}", prompt = "?", a = $"short {i:00}", b = i < 30 ? $"a longer one {i:00}" : $"equal {i:00}", human = i < 20 ? "b" : "a" }) + "\n")));
        string[] arguments = ["judge", pairs, "--output", folder.Path + "/verdicts.jsonl", "--url", server.Url, "--model", "scripted", "--cache", folder.Path + "/cache.jsonl", "--no-logprobs", "--json"];

        JsonElement report = JsonElement.Parse(Assert.Single(Finished.Emend(arguments).Succeeded().Lines));
        int asked = server.Requests.Count;
        JsonElement again = JsonElement.Parse(Assert.Single(Finished.Emend(arguments).Succeeded().Lines));

        Assert.Equal((80, 80), (asked, server.Requests.Count));
        Assert.Equal(80, again.GetProperty("spent").GetProperty("fromCache").GetInt32());
        Assert.Equal((40, 40, 0), (report.GetProperty("pairs").GetInt32(), report.GetProperty("judged").GetInt32(), report.GetProperty("unreadable").GetInt32()));
        Assert.Equal(25, report.GetProperty("flipRate").GetDouble());
        Assert.Equal(50 * 0.25, report.GetProperty("positionBias").GetProperty("points").GetDouble(), Near.Float64);
        Assert.Equal(50, report.GetProperty("lengthBias").GetProperty("points").GetDouble());
        // People say b in 20 of the 30 that the judge gives to b, and a in the 10 that it calls a tie.
        Assert.Equal((50, 40), (report.GetProperty("agreement").GetProperty("rate").GetDouble(), report.GetProperty("agreement").GetProperty("pairs").GetInt32()));
        JsonElement[] rows = [.. File.ReadAllLines(folder.Path + "/verdicts.jsonl").Select(line => JsonElement.Parse(line))];
        Assert.All(rows, row => Assert.Equal(("ai", "scripted", new Uri(server.Url).Authority), (row.GetProperty("source").GetString(), row.GetProperty("model").GetString(), row.GetProperty("endpoint").GetString())));
        Assert.Equal(30, rows.Count(row => row.GetProperty("verdict").GetString() == "b"));
        Assert.Equal(10, rows.Count(row => row.GetProperty("flipped").GetBoolean()));
        JsonElement ab = JsonElement.Parse(Finished.Emend(["ab", folder.Path + "/verdicts.jsonl", "--json"]).Succeeded().Out);
        Assert.Equal(("win", "ai"), (ab.GetProperty("verdict").GetString(), ab.GetProperty("source").GetString()));
        Assert.Equal(report.GetProperty("warning").GetString(), ab.GetProperty("warning").GetString());
    }

    [Fact]
    public async Task ASecondRunAsksNothingAgainUnlessItIsToldTo()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[0].StartsWith("You improve", StringComparison.Ordinal) ? "nothing to read" : "A");
        string pairs = folder.Write("pairs.jsonl", """{"prompt": "?", "a": "x", "b": "y"}"""), responses = folder.Write("responses.jsonl", """{"prompt": "?", "response": "x"}""");
        string[] judge = ["judge", pairs, "--output", folder.Path + "/out/v.jsonl", "--url", server.Url, "--model", "m", "--no-logprobs"];
        string[] annotate = ["annotate", responses, "--output", folder.Path + "/out/e.jsonl", "--url", server.Url, "--model", "m", "--no-logprobs"];

        int[] asked = [.. new[] { judge, judge, [.. judge, "--no-cache"], annotate, annotate, [.. annotate, "--no-cache"] }.Select(arguments =>
        {
            int before = server.Requests.Count;
            Finished.Emend(arguments).Succeeded();
            return server.Requests.Count - before;
        })];

        Assert.Equal([2, 0, 2, 1, 0, 1], asked);
        Assert.Equal(["e.jsonl", "e.jsonl.answers", "v.jsonl", "v.jsonl.answers"], Directory.GetFiles(folder.Path + "/out").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Finished.Emend([.. judge, "--no-cache", "--cache", "x"]).WasRefused("--cache x", "--no-cache");
    }

    [Fact]
    public async Task WithoutPeoplesVerdictsTheNumbersComeWithAWarning()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "tie");
        string pairs = folder.Write("pairs.jsonl", """{"prompt": "?", "a": "x", "b": "y"}""");

        Finished finished = Finished.Emend(["judge", pairs, "--output", folder.Path + "/v.jsonl", "--url", server.Url, "--model", "m"]).Succeeded();

        Assert.Contains("WARNING: agreement of this judge with people is not measured", finished.Out);
        Assert.Contains("(AI feedback)", finished.Out);
    }

    [Fact]
    public async Task ARedirectToAPrivateAddressIsASentenceAndWhatWasJudgedIsKept()
    {
        int asked = 0;
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) =>
        {
            if (Interlocked.Increment(ref asked) <= 4)
                return ScriptedEndpoint.Say(context, "A");
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = "http://192.168.0.1/v1/chat/completions";
            return Task.CompletedTask;
        });
        string pairs = folder.Write("pairs.jsonl", string.Concat(Enumerable.Range(0, 5).Select(i => $$"""{"prompt": "{{i}}?", "a": "x", "b": "y"}""" + "\n")));

        Finished finished = Finished.Emend(["judge", pairs, "--output", folder.Path + "/v.jsonl", "--url", server.Url, "--model", "m", "--concurrency", "1", "--no-logprobs"]);

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("redirects to http://192.168.0.1/v1/chat/completions, a private address", finished.Error);
        Assert.Equal(2, File.ReadAllLines(folder.Path + "/v.jsonl").Length);
    }

    [Fact]
    public async Task ARerunThatEndsEarlyLeavesTheVerdictsThatWereThere()
    {
        bool broken = false;
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) => broken && ScriptedEndpoint.Contents(body)[1].Contains("3?")
            ? ScriptedEndpoint.Json(context, new { error = new { message = "spent" } }, 402)
            : ScriptedEndpoint.Say(context, "A"));
        string pairs = folder.Write("pairs.jsonl", string.Concat(Enumerable.Range(0, 5).Select(i => $$"""{"prompt": "{{i}}?", "a": "x", "b": "y"}""" + "\n")));
        string[] arguments = ["judge", pairs, "--output", folder.Path + "/v.jsonl", "--url", server.Url, "--model", "m", "--concurrency", "1", "--no-logprobs"];
        Finished.Emend(arguments).Succeeded();
        byte[] before = File.ReadAllBytes(folder.Path + "/v.jsonl");
        broken = true;

        Finished again = Finished.Emend([.. arguments, "--seed", "2"]);

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("v.jsonl.part (3 rows), and", again.Error);
        Assert.Equal(before, File.ReadAllBytes(folder.Path + "/v.jsonl"));
        Assert.Equal(3, File.ReadAllLines(folder.Path + "/v.jsonl.part").Length);
    }

    [Fact]
    public async Task ACanaryThatIsNotAnsweredLosesNoReport()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) => ScriptedEndpoint.Contents(body)[1].Contains("week")
            ? ScriptedEndpoint.Json(context, new { error = new { message = "spent" } }, 402)
            : ScriptedEndpoint.Say(context, "A"));
        string pairs = folder.Write("pairs.jsonl", """{"prompt": "?", "a": "x", "b": "y"}""");

        Finished finished = Finished.Emend(["judge", pairs, "--output", folder.Path + "/v.jsonl", "--url", server.Url, "--model", "m", "--canary", "--no-logprobs", "--json"]);

        Assert.Equal(1, finished.ExitCode);
        JsonElement report = JsonElement.Parse(finished.Out);
        Assert.Equal((1, JsonValueKind.Null), (report.GetProperty("judged").GetInt32(), report.GetProperty("canary").ValueKind));
        Assert.Contains("--canary was not measured", finished.Error);
    }

    [Fact]
    public void VerdictsOfAnAiAreMarkedInATestAndNotMixedWithPeoples()
    {
        string ai = folder.Write("ai.jsonl", string.Concat(Enumerable.Repeat("""{"vote": 0.9, "verdict": "b", "source": "ai"}""" + "\n", 12)));
        string mixed = folder.Write("mixed.jsonl", """{"vote": "b"}""" + "\n" + """{"vote": 0.9, "verdict": "b", "source": "ai"}""" + "\n");

        Assert.Contains("the votes are an AI's (AI feedback); WARNING: agreement of this judge with people is not measured", Finished.Emend(["ab", ai]).Succeeded().Out);
        Finished.Emend(["ab", mixed]).WasRefused("mixed.jsonl:2: source is \"ai\"");
    }

    [Fact]
    public void WrongCallsAreRefused()
    {
        string pairs = folder.Write("pairs.jsonl", """{"prompt": "?", "a": "x", "b": "y"}""");

        Finished.Emend(["judge", pairs, "--output", "v.jsonl", "--model", "nowhere"]).WasRefused("--model nowhere", "--url");
        Finished.Emend(["judge", pairs, "--output", "v.jsonl", "--url", "ftp://x", "--model", "m"]).WasRefused("--url ftp://x");
        Finished.Emend(["judge", folder.Write("bad.jsonl", """{"prompt": "?", "a": "x"}"""), "--output", "v.jsonl", "--url", "http://127.0.0.1:1/v1", "--model", "m"]).WasRefused("bad.jsonl:1", "b:");
        Finished.Emend(["judge", pairs, "--output", "v.jsonl", "--url", "http://127.0.0.1:1/v1", "--model", "m", "--api-key-variable", "EMEND_NO_SUCH_KEY"]).WasRefused("EMEND_NO_SUCH_KEY");
        Finished.Emend(["judge", pairs, "--human", folder.Write("edits.jsonl", """{"prompt": "?", "response": "x", "edited": "y", "source": "ai"}"""), "--output", "v.jsonl", "--url", "http://127.0.0.1:1/v1", "--model", "m"]).WasRefused("--human", "edits.jsonl:1", "no person's verdict");
        Finished.Emend(["annotate", pairs, "--output", "e.jsonl", "--url", "http://127.0.0.1:1/v1", "--model", "m", "--most-changed", "2"]).WasRefused("--most-changed 2");
    }

    [Fact]
    public async Task AnAnnotatorsEditsAreEditRowsMarkedAsAnAis()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents =>
        {
            if (!contents[0].StartsWith("You improve", StringComparison.Ordinal))
                return JudgedTexts.Of(contents) is var texts && texts.A.Contains("14 hours") ? "A" : "B";
            string mark = contents[0].Split("exactly [")[1][..16];
            string response = contents[1].Split("response begins]\n")[1].Split($"\n[{mark} response ends]")[0];
            return $"- wrong number\n[{mark} edited]\n{response.Replace("40", "14")}\n[{mark} end]";
        });
        string file = folder.Write("responses.jsonl", """
            {"id": "1", "prompt": "How long?", "response": "It runs for 40 hours and it is red."}
            {"id": "2", "prompt": "How long?", "response": "It runs for 14 hours."}
            """);

        JsonElement report = JsonElement.Parse(Finished.Emend(["annotate", file, "--output", folder.Path + "/edits.jsonl", "--rejected", folder.Path + "/rejected.jsonl", "--url", server.Url, "--model", "editor", "--judge-model", "judge", "--no-logprobs", "--json"]).Succeeded().Out);

        EditRow edit = Assert.Single(EditRows.Read(folder.Path + "/edits.jsonl"));
        Assert.Equal(("1", "It runs for 14 hours and it is red."), (edit.Id, edit.Edited));
        Assert.Equal(("ai", "editor", "judge", "- wrong number"), (edit.Extra.Text("source"), edit.Extra.Text("model"), edit.Extra.Text("judge_model"), edit.Extra.Text("faults")));
        Assert.Contains("\"outcome\":\"unchanged\"", Assert.Single(File.ReadAllLines(folder.Path + "/rejected.jsonl")));
        Assert.Equal((1, 1), (report.GetProperty("kept").GetInt32(), report.GetProperty("unchanged").GetInt32()));
        Assert.Contains("agreement of this judge with people is not measured here", report.GetProperty("warning").GetString());
        Assert.Equal(["editor", "editor", "judge", "judge"], server.Requests.Select(request => request["model"]!.GetValue<string>()).Order());
    }
}
