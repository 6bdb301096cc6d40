using System.Globalization;
using Emend.Significance;

namespace Emend.Cli.Commands;

/// <summary>What a test says whose users met one variant each.</summary>
internal static class AbSplitOutput
{
    public static void Write(AbAssignments split, AbReport report, AbRecorded? recorded, bool asJson)
    {
        AbTest test = report.Test;
        if (asJson)
        {
            JsonOutput.WriteLine(new
            {
                verdict = report.Verdict,
                experiment = split.Experiment,
                a = split.A,
                b = split.B,
                meanA = split.MeanOfA,
                meanB = split.MeanOfB,
                usersA = split.UsersOfA,
                usersB = split.UsersOfB,
                difference = split.Difference(test.Rate),
                low = split.Difference(test.Interval.Low),
                high = split.Difference(test.Interval.High),
                pValue = test.PValue,
                more = test.More,
                moreMeans = test.MoreMeans,
                bound = report.Bound,
                assigned = split.Users.Select(variant => new { variant = variant.Variant, users = variant.Users, share = variant.Share }),
                ratioPValue = split.RatioPValue,
                mismatch = split.Mismatch,
                recorded = AbRecording.Machine(recorded),
            });
            return;
        }
        Line($"{report.Verdict}: {split.B} scores {split.MeanOfB:0.###} ({split.UsersOfB} users), {split.A} {split.MeanOfA:0.###} ({split.UsersOfA} users); the difference is {split.Difference(test.Rate):0.###} [{split.Difference(test.Interval.Low):0.###}, {split.Difference(test.Interval.High):0.###}] ({report.Bound})");
        if (test.PValue is double p)
            Line($"p = {p:G2}");
        if (test.MoreMeans.Length > 0)
            Line($"{(test.More is int more ? $"{more} " : "")}{test.MoreMeans}");
        Line($"assigned: {string.Join(", ", split.Users.Select(variant => string.Create(CultureInfo.InvariantCulture, $"{variant.Variant} {variant.Users} users of {100 * variant.Share:0.#} % meant")))}; p = {split.RatioPValue:G2}");
        if (AbRecording.Line(recorded) is { } line)
            Console.WriteLine(line);
        if (split.Mismatch)
            Line($"WARNING: the sample ratio is not what was meant; something loses users of one variant, so the figures above cannot be trusted");
    }

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
