using Xunit;

namespace Emend.EndToEndTests;

/// <summary>./emend test with stand-ins for the builds and the tests: what it counts, and when it fails.</summary>
public sealed class TestCommandTests : IDisposable
{
    private readonly LauncherStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void TheCountsOfAllProjectsAreSummedOnTheLastLine()
    {
        Tests(unit: Counts(5, 0, 1, 0), recipes: Counts(2, 0, 0, 0), endToEnd: Counts(3, 0, 0, 0));

        Assert.Equal("10 passed, 0 failed, 1 skipped", stage.Launch("test").Succeeded().Lines[^1]);
    }

    [Fact]
    public void OneFailureFailsTheWhole()
    {
        Tests(unit: Counts(5, 0, 0, 0), recipes: Counts(1, 2, 0, 0), endToEnd: Counts(3, 0, 0, 0));

        Finished finished = stage.Launch("test");

        Assert.Equal((1, "9 passed, 2 failed, 0 skipped"), (finished.ExitCode, finished.Lines[^1]));
    }

    [Fact]
    public void AnErrorOutsideAnyTestCountsAsAFailure()
    {
        Tests(unit: Counts(5, 0, 0, 1), recipes: Counts(1, 0, 0, 0), endToEnd: Counts(3, 0, 0, 0));

        Finished finished = stage.Launch("test");

        Assert.Equal((1, "9 passed, 1 failed, 0 skipped"), (finished.ExitCode, finished.Lines[^1]));
    }

    [Fact]
    public void ACrashWithoutAReportIsAFailure()
    {
        Tests(unit: Counts(5, 0, 0, 0), recipes: "exit 139", endToEnd: Counts(3, 0, 0, 0));

        Finished finished = stage.Launch("test");

        Assert.Equal((1, "8 passed, 1 failed, 0 skipped"), (finished.ExitCode, finished.Lines[^1]));
        Assert.Contains("Emend.RecipeTests", finished.Error);
    }

    [Fact]
    public void ZeroTestsAreNoSuccess()
    {
        Tests(unit: Counts(0, 0, 0, 0), recipes: Counts(0, 0, 0, 0), endToEnd: Counts(0, 0, 0, 0));

        Finished finished = stage.Launch("test");

        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (finished.ExitCode, finished.Lines[^1]));
    }

    [Fact]
    public void AnUnformattedFileFailsTheWholeAfterTheTests()
    {
        Tests(unit: Counts(5, 0, 0, 0), recipes: Counts(1, 0, 0, 0), endToEnd: Counts(3, 0, 0, 0), format: "echo 'a.cs(1,1): error WHITESPACE: fix it'; exit 2");

        Finished finished = stage.Launch("test");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("error WHITESPACE", finished.Error);
        Assert.Equal("9 passed, 0 failed, 0 skipped", finished.Lines[^1]);
    }

    [Fact]
    public void AFilterReachesEveryProject()
    {
        Tests(unit: Counts(5, 0, 0, 0), recipes: Counts(0, 0, 0, 0), endToEnd: Counts(0, 0, 0, 0));

        stage.Launch("test", "Tokenizer").Succeeded();

        string projects = Repository.Lines("launcher/test.sh").Single(line => line.StartsWith("projects=(", StringComparison.Ordinal));
        Assert.Equal(projects.Split(' ').Length, stage.Calls.Count(call => call.EndsWith("-method *Tokenizer*", StringComparison.Ordinal)));
    }

    // The report's path follows -xml in the launcher's call.
    private static string Counts(int passed, int failed, int skipped, int errors) => $"""
        while [[ $1 != -xml ]]; do shift; done
        printf '<assemblies><assembly name="x" total="{passed + failed + skipped}" passed="{passed}" failed="{failed}" skipped="{skipped}" not-run="0" errors="{errors}"></assembly></assemblies>' >"$2"
        """;

    private void Tests(string unit, string recipes, string endToEnd, string format = "") => stage.Fake("dotnet", $"""
        case "$*" in
            --list-sdks) echo "10.0.100 [/sdk]" ;;
            build*) mkdir -p src/Emend.Cli/bin/Release/net10.0; touch src/Emend.Cli/bin/Release/net10.0/emend.dll ;;
            format*) {format}
                ;;
            *Emend.UnitTests.dll*) {unit}
                ;;
            *Emend.RecipeTests.dll*) {recipes}
                ;;
            *Emend.EndToEndTests.dll*) {endToEnd}
                ;;
            *Tests.dll*) {Counts(0, 0, 0, 0)}
                ;;
        esac
        """);
}
