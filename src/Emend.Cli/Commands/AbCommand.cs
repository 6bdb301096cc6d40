using System.CommandLine;
using System.Globalization;
using Emend.Judging;
using Emend.Significance;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend ab: what the votes of an A/B test say, and how many more it would take.</summary>
internal static class AbCommand
{
    private static readonly AbOptions Defaults = new();
    private static readonly Option<int?> Horizon = new("--horizon") { Description = "Votes that the test was planned for; before them nothing is decided. [default: those in the file]", HelpName = "N" };
    private static readonly Option<bool> Peek = new("--peek") { Description = "Somebody looks before the end: use a bound that holds at every look." };
    private static readonly Option<double> Level = new("--level") { Description = "Probability, at most, of calling equal systems different.", HelpName = "P", DefaultValueFactory = _ => Defaults.Level };
    private static readonly Option<double> Wanted = new("--power") { Description = "With which a further test should find an effect of the size seen.", HelpName = "P", DefaultValueFactory = _ => Defaults.WantedPower };
    private static readonly Option<string?> Assignments = new("--assignments") { Description = "Log of emend serve --experiment: FILE then holds scores of users who met one variant each.", HelpName = "LOG" };
    private static readonly Option<string?> Variants = new("--variants") { Description = "With --assignments: which two, where the experiment has more.", HelpName = "A,B" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of what is drawn for p-values and futures.", HelpName = "S", DefaultValueFactory = _ => Defaults.Seed };

    public static Command Create()
    {
        var file = new Argument<string?>("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = """Without it, with --horizon: what a test of so many votes could find, before it begins. One JSON object a line, in the order of the votes: vote "a", "b", "tie" or a number from 0 (A) to 1 (B); or the scores a and b. Perhaps first, "a" or "b": which side was shown first.""" };
        var command = new Command("ab", "Whether B beats A, loses to it, or there are not enough votes, and how many more it would take.") { file };
        foreach (Option option in (Option[])[Horizon, Peek, Level, Wanted, Assignments, Variants, Seed])
            command.Add(option);
        command.SetAction(call => Run(call, call.GetValue(file)));
        return command;
    }

    private static void Run(ParseResult call, string? file)
    {
        AbOptions options = Options(call);
        if (file is null)
        {
            Plan(call, options);
            return;
        }
        if (call.GetValue(Assignments) is { } log)
        {
            AbSplitOutput.Write(AbAssignments.Read(file, log, call.GetValue(Variants), options.Peek), options, call.GetValue(CommandLine.Json));
            return;
        }
        if (call.GetValue(Variants) is { } variants)
            throw new InvalidInputException($"--variants {variants}: goes with --assignments");
        InvalidInputException.ThrowIfNoFile(file, "a file of votes, JSON lines,");
        // A judge's verdict that could not be read is no vote.
        JsonRow[] rows = [.. JsonLines.Read(file).Where(row => !row.IsNull("vote"))];
        Vote[] votes = [.. rows.Select(Vote.Of)];
        if (votes.Length == 0)
            throw new InvalidInputException($"{file}: there is no vote in it");
        Vote.RequireOneSource(rows, votes);
        string? warning = Vote.WarningOf(votes);
        AbReport report = AbReport.Of([.. votes.Select(vote => vote.ForB)], Within(votes, options).Select(vote => new AbVote(vote.ForB, vote.First is { } first ? first == "b" : null)), options);
        AbTest test = report.Test;
        if (call.GetValue(CommandLine.Json))
        {
            JsonOutput.WriteLine(new
            {
                verdict = report.Verdict,
                rate = 100 * test.Rate,
                low = 100 * test.Interval.Low,
                high = 100 * test.Interval.High,
                pValue = test.PValue,
                wins = test.Wins,
                losses = test.Losses,
                ties = test.Ties,
                more = test.More,
                moreMeans = test.MoreMeans,
                minimumDetectable = Points(report.MinimumDetectable),
                bound = report.Bound,
                firstShownWins = 100 * report.FirstShown?.Rate,
                firstShownPValue = report.FirstShown?.PValue,
                source = votes[0].Source,
                warning,
            });
            return;
        }
        Print(report, options);
        if (votes[0].Source == VerdictRows.Source)
            Write($"the votes are an AI's (AI feedback){(warning is null ? "" : $"; WARNING: {warning}")}");
        else if (votes[0].Source is not null)
            Write($"the votes are simulated annotators', not people's");
    }

    /// <summary>What a test of so many votes could find, before anybody votes.</summary>
    private static void Plan(ParseResult call, AbOptions options)
    {
        if (options.Horizon is not int votes)
            throw new InvalidInputException("FILE: is missing; without votes, --horizon N says what a test of N of them could find");
        if (new Option[] { Assignments, Variants }.FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } given)
            throw new InvalidInputException($"{given.Name}: goes with FILE");
        double found = AbReport.Detectable(votes, options);
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(new { horizon = votes, minimumDetectable = Points(found), level = options.Level, power = options.WantedPower });
        else
            Write($"{votes} votes, read once at the end: {Found(found, options)} (level {options.Level}); ties make smaller ones visible");
    }

    private static void Print(AbReport report, AbOptions options)
    {
        AbTest test = report.Test;
        Write($"{report.Verdict}: B has {100 * test.Rate:F1} % [{100 * test.Interval.Low:F1}, {100 * test.Interval.High:F1}] ({test.Wins} wins, {test.Losses} losses, {test.Ties} ties; {report.Bound})");
        if (test.PValue is double p)
            Write($"p = {p:G2}; {Found(report.MinimumDetectable, options)}");
        if (test.MoreMeans.Length > 0)
            Write($"{(test.More is int more ? $"{more} " : "")}{test.MoreMeans}");
        if (report.FirstShown is { } first)
            Write($"the side shown first won {100 * first.Rate:F1} % (p = {first.PValue:G2})");
    }

    // A test that was planned for so many votes has no others.
    private static IEnumerable<Vote> Within(IReadOnlyList<Vote> votes, AbOptions options) => votes.Take(options.Horizon ?? votes.Count);

    // A share lies 50 points from 50 at most.
    private static double? Points(double found) => found <= 0.5 ? 100 * found : null;

    private static string Found(double found, AbOptions options) => Points(found) is double points
        ? FormattableString.Invariant($"a share {points:F1} points from 50 would be found with a probability of {options.WantedPower}")
        : FormattableString.Invariant($"so few find no share with a probability of {options.WantedPower} by the normal approximation: it would have to be further from 50 than any can be");

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static AbOptions Options(ParseResult call)
    {
        (double level, double power, int? horizon) = (call.GetValue(Level), call.GetValue(Wanted), call.GetValue(Horizon));
        if (!(level is > 0 and < 0.5))
            throw new InvalidInputException($"--level {level.ToString(CultureInfo.InvariantCulture)}: is not above 0 and below 0.5");
        if (!(power is > 0 and < 1))
            throw new InvalidInputException($"--power {power.ToString(CultureInfo.InvariantCulture)}: is not between 0 and 1");
        if (horizon is < 1)
            throw new InvalidInputException($"--horizon {horizon}: is not positive");
        if (horizon is not null && call.GetValue(Peek))
            throw new InvalidInputException("--horizon and --peek are both given; a test is either read once, at its end, or by a bound that holds at every look");
        return new AbOptions { Horizon = horizon, Peek = call.GetValue(Peek), Level = level, WantedPower = power, Seed = call.GetValue(Seed) };
    }
}
