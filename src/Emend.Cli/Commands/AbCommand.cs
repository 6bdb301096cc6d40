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

    private static readonly AbRecording Recording = new();

    public static Command Create()
    {
        var file = new Argument<string?>("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = """Without it, with --horizon: what a test of so many votes could find, before it begins. One JSON object a line, in the order of the votes: vote "a", "b", "tie" or a number from 0 (A) to 1 (B); or the scores a and b. Perhaps first, "a" or "b": which side was shown first.""" };
        var command = new Command("ab", "Whether B beats A, loses to it, or there are not enough votes, and how many more it would take.") { file };
        foreach (Option option in (Option[])[Horizon, Peek, Level, Wanted, Assignments, Variants, Seed])
            command.Add(option);
        Recording.AddTo(command);
        command.SetAction(call => Run(call, call.GetValue(file)));
        return command;
    }

    private static int Run(ParseResult call, string? file)
    {
        AbOptions options = Options(call);
        if (file is null)
        {
            Plan(call, options);
            return 0;
        }
        if (call.GetValue(Assignments) is { } log)
        {
            AbAssignments split = AbAssignments.Read(file, log, call.GetValue(Variants), options.Peek);
            AbReport read = AbReport.Of(split.Votes, [], options with { Unit = "users" });     // a vote here is a user
            RequireEnd(call, options, split.Votes.Count);
            if (split.Mismatch && Recording.IsGiven(call))
                throw new InvalidInputException(FormattableString.Invariant($"--stored: nothing was recorded: users came in other parts than was meant (p = {split.RatioPValue:G2}), so that the figures cannot be trusted"));
            return Recording.Run(call, new AbOutcome(split.MeanOfA, split.MeanOfB, (split.UsersOfA, split.UsersOfB), read, $"mean scores of users of {split.Experiment}, {split.A} and {split.B}, {read.Bound}"),
                recorded => AbSplitOutput.Write(split, read, recorded, call.GetValue(CommandLine.Json)));
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
        RequireEnd(call, options, votes.Length);
        int counted = Within(votes, options).Count();
        string said = $"{(votes[0].Source switch { null => "people's", VerdictRows.Source => "an AI's", { } other => other })} votes, {report.Bound}{(warning is null ? "" : $"; {warning}")}";
        return Recording.Run(call, new AbOutcome(1 - report.Test.Rate, report.Test.Rate, (counted, counted), report, said), recorded => Write(call, report, options, votes[0].Source, warning, recorded));
    }

    // What a test says before its end is no result.
    private static void RequireEnd(ParseResult call, AbOptions options, int outcomes)
    {
        if (Recording.IsGiven(call) && options.Horizon > outcomes)
            throw new InvalidInputException($"--stored: the test was planned for {options.Horizon} votes and has {outcomes}; its result is recorded at its end, or with --peek, by the bound that holds at every look");
    }

    private static void Write(ParseResult call, AbReport report, AbOptions options, string? source, string? warning, AbRecorded? recorded)
    {
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
                source,
                warning,
                recorded = AbRecording.Machine(recorded),
            });
            return;
        }
        Print(report, options);
        if (source == VerdictRows.Source)
            Write($"the votes are an AI's (AI feedback){(warning is null ? "" : $"; WARNING: {warning}")}");
        else if (source is not null)
            Write($"the votes are simulated annotators', not people's");
        if (AbRecording.Line(recorded) is { } line)
            Console.WriteLine(line);
    }

    /// <summary>What a test of so many votes could find, before anybody votes.</summary>
    private static void Plan(ParseResult call, AbOptions options)
    {
        if (options.Horizon is not int votes)
            throw new InvalidInputException("FILE: is missing; without votes, --horizon N says what a test of N of them could find");
        if (new Option[] { Assignments, Variants }.FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } given)
            throw new InvalidInputException($"{given.Name}: goes with FILE");
        if (Recording.IsGiven(call))
            throw new InvalidInputException("--stored: goes with FILE");
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
