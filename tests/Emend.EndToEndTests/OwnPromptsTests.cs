using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>emend evaluate aspects and compare on a team's own prompts: judged by a reward model that likes red, by a judge's verdicts, or by people.</summary>
public sealed class OwnPromptsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void VersionsAreComparedOnOwnQuestionsByARewardModelAspectByAspect()
    {
        (string red, string blue) = new RedAndBlue(folder).SaveVersions();
        string judge = new RedAndBlue(folder).SaveJudge(), page = folder.Path + "/report.html";

        Finished finished = Finished.Emend(["evaluate", "compare", red, blue, "--prompts", Prompts(), "--judge", judge, "--max-new", "8", "--output", page, "--json"]).Succeeded();

        JsonElement report = JsonElement.Parse(finished.Out), aspects = report.GetProperty("aspects");
        Assert.Equal((8, 8, 0), (report.GetProperty("prompts").GetInt32(), report.GetProperty("worse").GetInt32(), report.GetProperty("winRate").GetProperty("value").GetDouble()));
        Assert.Equal(["honest", "kind"], aspects.EnumerateObject().Select(aspect => aspect.Name));
        Assert.Equal((6, 2), (aspects.GetProperty("honest").GetProperty("prompts").GetInt32(), aspects.GetProperty("kind").GetProperty("prompts").GetInt32()));
        Assert.True(aspects.GetProperty("honest").GetProperty("difference").GetDouble() < 0);
        // Six of six alike: 2 of 64; with two of two and eight of eight, the second smallest of three.
        Assert.Equal(2 * 2.0 / 64, aspects.GetProperty("honest").GetProperty("pHolm").GetDouble(), Near.NinePlaces);
        Assert.Equal(JsonValueKind.Null, aspects.GetProperty("honest").GetProperty("oldFaultless").ValueKind);
        Assert.Contains("the reward model", report.GetProperty("judge").GetString());
        string html = File.ReadAllText(page);
        Assert.Contains("<b>Overall</b> it wins only 0.0 %; more than chance", html);
        Assert.Contains("<b>honest</b> −", html);
        Assert.Contains("<span class=\"tag\">honest</span> is it red", html);
        Assert.Contains("Scale of rewards", html);          // the judge rewards tokens, so its rewards colour them
        Assert.DoesNotContain("<script", html);
    }

    [Fact]
    public void VersionsAreLookedAtInTheAspectsThatPromptsName()
    {
        (string red, string blue) = new RedAndBlue(folder).SaveVersions();
        string judge = new RedAndBlue(folder).SaveJudge();
        byte[] hash = SHA256.HashData([.. SHA256.HashData(File.ReadAllBytes($"{judge}/model.safetensors")), .. SHA256.HashData(File.ReadAllBytes($"{judge}/calibration.json"))]);
        File.WriteAllText($"{red}/rewarded_by.json", JsonSerializer.Serialize(new[] { new { reward = "elsewhere", sha256 = Convert.ToHexStringLower(hash) } }));

        Finished finished = Finished.Emend(["evaluate", "aspects", blue, red, "--prompts", Prompts(), "--judge", judge, "--max-new", "8", "--json"]).Succeeded();

        JsonElement first = JsonElement.Parse(finished.Lines[0]).GetProperty("aspects"), second = JsonElement.Parse(finished.Lines[1]).GetProperty("aspects");
        Assert.Equal(["honest", "kind", "all"], second.EnumerateObject().Select(aspect => aspect.Name));
        Assert.True(second.GetProperty("kind").GetProperty("score").GetDouble() > first.GetProperty("kind").GetProperty("score").GetDouble());
        Assert.Equal((6, 2, 8), (Count(second, "honest"), Count(second, "kind"), Count(second, "all")));
        Assert.Equal(100, second.GetProperty("honest").GetProperty("winRate").GetProperty("value").GetDouble());
        // All signs of eight equal differences: 2 of 256, the smallest of three.
        Assert.Equal(3 * 2.0 / 256, second.GetProperty("all").GetProperty("pHolm").GetDouble(), Near.NinePlaces);
        Assert.Equal(JsonValueKind.Null, first.GetProperty("all").GetProperty("pHolm").ValueKind);
        Assert.Contains($"warning: {red} was trained against the judge", finished.Error);
        Assert.Single(JsonElement.Parse(finished.Lines[0]).GetProperty("warnings").EnumerateArray());

        static int Count(JsonElement aspects, string name) => aspects.GetProperty(name).GetProperty("prompts").GetInt32();
    }

    [Fact]
    public void ResponsesAreWrittenAsPairsAndTheVerdictsOnThemMakeThePage()
    {
        (string red, string blue) = new RedAndBlue(folder).SaveVersions();
        string pairs = folder.Path + "/pairs.jsonl", page = folder.Path + "/report.html";
        Finished.Emend(["evaluate", "compare", red, blue, "--prompts", Prompts(), "--max-new", "8", "--write-pairs", pairs, "--json"]).Succeeded();
        JsonElement[] rows = [.. File.ReadLines(pairs).Select(line => JsonElement.Parse(line))];
        Assert.Equal(("it is red", "it is blue", "red", "blue", "honest"), (Text(rows[0], "a"), Text(rows[0], "b"), Text(rows[0], "model_a"), Text(rows[0], "model_b"), Text(rows[0], "aspect")));

        // A judge found blue better on the first three, could not be read on the fourth, and red better on the rest.
        string verdicts = folder.Write("verdicts.jsonl", string.Concat(rows.Select((row, i) => JsonSerializer.Serialize(new { id = Text(row, "id"), verdict = i < 3 ? "b" : "a", vote = i == 3 ? (double?)null : i < 3 ? 1 : 0.1, source = "ai", model = "judge-1" }) + "\n")));
        Finished finished = Finished.Emend(["evaluate", "compare", "--verdicts", verdicts, "--pairs", pairs, "--output", page, "--json"]).Succeeded();

        JsonElement report = JsonElement.Parse(finished.Out);
        Assert.Equal(("red", "blue", 7), (Text(report, "old"), Text(report, "new"), report.GetProperty("prompts").GetInt32()));
        Assert.Equal(100 * 3.4 / 7, report.GetProperty("winRate").GetProperty("value").GetDouble(), Near.NinePlaces);
        Assert.Equal(100 * 3.2 / 5, report.GetProperty("aspects").GetProperty("honest").GetProperty("winRate").GetProperty("value").GetDouble(), Near.NinePlaces);
        string[] warnings = [.. report.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!)];
        Assert.Contains("agreement of this judge with people is not measured", warnings[0]);
        Assert.Equal("1 of 8 pairs have no verdict and are left out", warnings[1]);
        string html = File.ReadAllText(page);
        Assert.Contains("judge-1 (an AI) judged", html);
        Assert.Contains("lost, 10 % of the verdict", html);
        Assert.Contains("blue against red", html);
    }

    [Fact]
    public void PeoplesVerdictsStandBesideTheTextsAndSeveralOfOnePairAreTheirMean()
    {
        string judged = folder.Write("people.jsonl", """
            {"prompt": "is it red", "a": "it is red", "b": "it is blue", "human": "b"}
            {"prompt": "is it", "a": "yes", "b": "no", "human": "tie"}
            """), pairs = folder.Write("pairs.jsonl", """{"id": "x", "prompt": "is it red", "a": "it is red", "b": "it is blue"}"""), votes = folder.Write("votes.jsonl", """
            {"id": "x", "vote": "b"}
            {"id": "x", "vote": "b"}
            {"id": "x", "vote": "a"}
            {"id": "x", "vote": "tie"}
            """), page = folder.Path + "/report.html";

        JsonElement own = JsonElement.Parse(Finished.Emend(["evaluate", "compare", "v1", "v2", "--verdicts", judged, "--output", page, "--json"]).Succeeded().Out);
        JsonElement several = JsonElement.Parse(Finished.Emend(["evaluate", "compare", "--verdicts", votes, "--pairs", pairs, "--output", page, "--json"]).Succeeded().Out);

        Assert.Equal(("v1", "people", 75), (Text(own, "old"), Text(own, "judge"), own.GetProperty("winRate").GetProperty("value").GetDouble()));
        Assert.Empty(own.GetProperty("warnings").EnumerateArray());
        Assert.Equal(("A", 62.5), (Text(several, "old"), several.GetProperty("winRate").GetProperty("value").GetDouble()));
    }

    [Fact]
    public void WrongCallsAreRefused()
    {
        string prompts = Prompts(), here = folder.Path, output = folder.Path + "/report.html", pairs = folder.Write("pairs.jsonl", """{"id": "x", "prompt": "p", "a": "1", "b": "2"}""");
        string verdicts = folder.Write("verdicts.jsonl", """{"id": "y", "vote": 1}"""), several = folder.Write("several.jsonl", """
            {"prompt": "p", "a": "1", "b": "2", "human": "a", "model_a": "u", "model_b": "v"}
            {"prompt": "q", "a": "1", "b": "2", "human": "a", "model_a": "u", "model_b": "w"}
            """);

        Compare(here, here, "--prompts", prompts, "--output", output).WasRefused("give --judge REWARD_DIR with --prompts", "--write-pairs FILE");
        Compare(here, here, "--prompts", prompts, "--world", "short", "--output", output).WasRefused("--world: does not go with --prompts");
        Compare(here, here, "--prompts", prompts, "--count", "9", "--output", output).WasRefused("has 8 prompts, where --count asks for 9");
        Compare(here, here).WasRefused("give --output FILE for the page, or --write-pairs FILE");
        Compare(here, "--output", output).WasRefused("give OLD and NEW");
        Compare(here, here, "--output", output, "--pairs", pairs).WasRefused("--pairs", "goes with --verdicts");
        Compare("--verdicts", verdicts, "--output", output).WasRefused("verdicts.jsonl:1: is a verdict without the texts; give --pairs FILE");
        Compare("--verdicts", verdicts, "--pairs", pairs, "--output", output).WasRefused("verdicts.jsonl:1: id \"y\" is none of the pairs of");
        Compare("--verdicts", verdicts, "--pairs", pairs, "--count", "1", "--output", output).WasRefused("--count: does not go with --verdicts");
        Compare("--verdicts", several, "--output", output).WasRefused("\"u\" and \"v\", \"u\" and \"w\"", "emend evaluate rank");
        Compare("--verdicts", pairs, "--output", output).WasRefused("there is no verdict in it");
        Compare(here, here, "--prompts", prompts, "--judge", "none", "--output", output).WasRefused("--judge none: there is no such folder");
        Finished.Emend(["evaluate", "aspects", here, "--prompts", prompts]).WasRefused("give --judge REWARD_DIR with --prompts");
        Finished.Emend(["evaluate", "aspects", here, "--set", pairs, "--judge", here]).WasRefused("--judge: does not go with --set");

        Finished Compare(params string[] call) => Finished.Emend(["evaluate", "compare", .. call]);
    }

    [Fact]
    public void APromptThatDoesNotFitAVersionOrTheJudgeIsNamedByItsLine()
    {
        (string red, _) = new RedAndBlue(folder).SaveVersions();
        string judge = new RedAndBlue(folder).SaveJudge(contextLength: 32);
        string prompts = folder.Write("long.jsonl", "{\"prompt\": \"is it red\"}\n" + $"{{\"prompt\": \"{new string('z', 300)}\"}}\n");

        Finished.Emend(["evaluate", "aspects", red, "--prompts", prompts, "--judge", judge, "--max-new", "8"])
            .WasRefused("long.jsonl:2: prompt: its 301 tokens and --max-new 8 are more than the context of 31 tokens (one kept for the end) of --judge");
        Finished.Emend(["evaluate", "compare", red, red, "--prompts", prompts, "--max-new", "8", "--write-pairs", folder.Path + "/pairs.jsonl"])
            .WasRefused("long.jsonl:2: prompt: its 301 tokens and --max-new 8 are more than the context of 256 tokens of", "red");
    }

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    private string Prompts() => folder.Write("prompts.jsonl", string.Concat(Enumerable.Range(0, 8).Select(i => $$"""{"prompt": "is it red", "aspect": "{{(i < 6 ? "honest" : "kind")}}"}""" + "\n")));
}
