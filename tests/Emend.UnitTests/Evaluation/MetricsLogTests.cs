using Emend.Evaluation;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class MetricsLogTests
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("emend-").FullName, "metrics.jsonl");

    [Fact]
    public void WhatWasWrittenIsRead()
    {
        using (MetricsLog log = MetricsLog.Open(path))
            log.Write("ppo", "C-split", 3, 10, ("reward", 0.5), ("kl/token", double.NaN));

        MetricsLine line = Assert.Single(MetricsLog.Read(path));
        Assert.Equal(("ppo", "C-split", 3, 10), (line.Stage, line.Arm, line.Seed, line.Step));
        Assert.Equal(0.5, line.Values["reward"]);
        Assert.Equal(double.NaN, line.Values["kl/token"]);
    }

    [Fact]
    public void ALineIsOnDiskBeforeTheLogIsClosed()
    {
        using MetricsLog log = MetricsLog.Open(path);
        log.Write("sft", "", 1, 0, ("loss", 2));

        Assert.EndsWith("}\n", File.ReadAllText(CopyOf(path)));
    }

    [Fact]
    public void ALineCutOffByACrashIsIgnoredByReadersAndRemovedOnResume()
    {
        using (MetricsLog log = MetricsLog.Open(path))
            log.Write("ppo", "A", 1, 0, ("kl", 1));
        File.AppendAllText(path, "{\"stage\":\"ppo\",\"ar");

        Assert.Single(MetricsLog.Read(path));
        using (MetricsLog log = MetricsLog.Open(path))
            log.Write("ppo", "A", 1, 1, ("kl", 2));

        Assert.Equal([0, 1], MetricsLog.Read(path).Select(line => line.Step));
    }

    [Fact]
    public void AStepThatRanAgainStandsOnceWithItsLastValues()
    {
        using (MetricsLog log = MetricsLog.Open(path))
        {
            log.Write("ppo", "A", 1, 0, ("kl", 1));
            log.Write("ppo", "A", 1, 1, ("kl", 2));
            log.Write("ppo", "A", 1, 0, ("kl", 3));
        }

        Assert.Equal([3, 2], MetricsLog.Read(path).Select(line => line.Values["kl"]));
    }

    [Fact]
    public void AWholeLineThatIsNoStepIsNamed()
    {
        File.WriteAllText(path, "{\"stage\":\"ppo\",\"arm\":\"A\",\"seed\":1,\"step\":0}\n[]\n{\"stage\":\"ppo\",\"arm\":\"A\",\"seed\":1,\"step\":\"x\"}\n");

        var error = Assert.Throws<InvalidInputException>(() => MetricsLog.Read(path));

        Assert.Contains("metrics.jsonl:2:", error.Message);
        Assert.Contains("metrics.jsonl:3: step", error.Message);
    }

    [Fact]
    public void LinesFromSeveralThreadsNeverMix()
    {
        using (MetricsLog log = MetricsLog.Open(path))
            Parallel.For(0, 200, step => log.Write("ppo", "A", 1, step, ("kl", step)));

        Assert.Equal(Enumerable.Range(0, 200), MetricsLog.Read(path).Select(line => line.Step).Order());
    }

    [Fact]
    public void AMetricCannotTakeTheNameOfAField()
    {
        using MetricsLog log = MetricsLog.Open(path);

        Assert.Throws<ArgumentException>(() => log.Write("ppo", "A", 1, 0, ("step", 4)));
    }

    private static string CopyOf(string path)
    {
        string copy = path + ".copy";
        using FileStream from = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), to = File.Create(copy);
        from.CopyTo(to);
        return copy;
    }
}
