using Emend.Evaluation;

namespace Emend.UnitTests.Evaluation;

/// <summary>A small made-up study with two arms and two seeds, whose figures can be worked out by hand.</summary>
internal static class StudyExample
{
    public static readonly TextDiagnostics Text = new(4, 10, 40, 0.5, 0.9, 0, 0.10, 0);

    public static StudyMeasures Measures() => new()
    {
        Name = "example",
        Reference = "SFT",
        Judge = "the gold rubric",
        Baseline = "A",
        Arms =
        [
            new ArmMeasures("A", "sequence reward", [
                Seed(1, [1, 0, 1, 0.5], [Point(0, 50, 0), Point(10, 60, 1), Point(20, 70, 2)]),
                Seed(2, [0, 0, 1, 0.5], [Point(0, 50, 0), Point(10, 58, 1), Point(20, 66, 3)]),
            ]),
            new ArmMeasures("C", "token reward", [
                Seed(1, [1, 0.5, 1, 1], [Point(0, 50, 0), Point(10, 80, 2), Point(20, 80, 2.5)]),
                Seed(2, [0.5, 0.5, 1, 1], [Point(0, 50, 0), Point(10, 76, 1), Point(20, 76, 4)]),
            ]),
        ],
    };

    public static CurvePoint Point(int step, double winRate, double kl) => new(step, winRate, kl, Reward: 0, Length: 20);

    private static SeedMeasures Seed(int seed, double[] outcomes, CurvePoint[] curve) => new()
    {
        Seed = seed,
        Outcomes = outcomes,
        Policy = new PolicyMeasures(20, Text, 5),
        Reference = new PolicyMeasures(20, Text, 4),
        Curve = curve,
        Kl = 2,
    };
}
