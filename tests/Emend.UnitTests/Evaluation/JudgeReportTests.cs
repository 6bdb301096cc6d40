using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class JudgeReportTests
{
    [Fact]
    public void OrdersLengthsAndWinsAreCountedApart()
    {
        // Longer candidate wins in both orders; shorter loses in both; one flips for the first place; one has but one order; one none.
        JudgedOutcome[] outcomes = [new(1, 1, 9, 5), new(0, 0, 3, 5), new(1, 0, 5, 5), new(null, 1, 9, 5), new(null, null, 1, 2)];

        JudgeReport report = JudgeReport.Of(outcomes, seed: 1)!;

        Assert.Equal(4, report.Judged);
        Assert.Equal(100 * (1 + 0 + 0.5 + 1) / 4, report.WinRate.Value, Near.Float64);
        Assert.Equal(1.0 / 3, report.FlipRate!.Value, Near.Float64);
        // What stood first: (1 + 0) / 2, (0 + 1) / 2, (1 + 1) / 2, and 0 where the candidate stood second and won.
        Assert.Equal(100 * (0.5 + 0.5 + 1 + 0) / 4 - 50, report.Position.Points, Near.Float64);
        Assert.Equal(50, report.Length!.Points);
    }

    [Fact]
    public void NothingReadableIsNoReport() => Assert.Null(JudgeReport.Of([new JudgedOutcome(null, null, 1, 1)], seed: 1));
}
