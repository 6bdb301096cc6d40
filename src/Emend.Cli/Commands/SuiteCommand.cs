using System.CommandLine;
using System.Globalization;
using Emend.Suites;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend suite: cases that every model and prompt version is run against.</summary>
internal static class SuiteCommand
{
    public static Command Create() => new("suite", "Test suites: what models and prompts must answer, run, compared and imported.")
    {
        SuiteRunCommand.Create(),
        CreateCompare(),
        CreateImport(),
    };

    private static Command CreateCompare()
    {
        var before = new Argument<string>("BASELINE") { Description = "Results of an earlier run." };
        var now = new Argument<string>("RESULTS") { Description = "Results of the run to compare." };
        var command = new Command("compare", "What regressed from one run to another, case by case, with diffs; exit code 1 if something did.") { before, now };
        command.SetAction(call =>
        {
            SuiteResults results = SuiteResults.Read(call.GetValue(now)!);
            if (results.Cases.Count == 0)
                throw new InvalidInputException($"{call.GetValue(now)}: there is no case in it, so nothing is known to have stayed as good");
            IReadOnlyList<SuiteComparison> comparisons = SuiteComparison.Of(SuiteResults.Read(call.GetValue(before)!), results, call.GetValue(before)!);
            foreach (SuiteComparison comparison in comparisons)
            {
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(SuiteOutput.Machine(comparison));
                else
                    SuiteOutput.Print(comparison);
            }
            return comparisons.All(comparison => comparison.Passed) ? 0 : 1;
        });
        return command;
    }

    private static Command CreateImport()
    {
        var file = new Argument<string>("PROMPTFOO") { Description = "A promptfoo configuration (YAML)." };
        var output = new Option<string>("--output") { Description = "The suite to write.", HelpName = "FILE", Required = true };
        var skip = new Option<bool>("--skip-unknown") { Description = "Leave out what has no counterpart, code above all, and list it; else the file is refused." };
        var command = new Command("import", "Turn a promptfoo file into a suite; code in it is refused by name.") { file, output, skip };
        command.SetAction(call =>
        {
            ImportedSuite imported = call.GetValue(skip) ? PromptfooImport.ConvertWhatIsKnown(call.GetValue(file)!) : new(PromptfooImport.Convert(call.GetValue(file)!), []);
            WholeFile.Write(call.GetValue(output)!, imported.Yaml);
            Suite read = SuiteReader.Read(call.GetValue(output)!);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { suite = read.Name, prompts = read.Prompts.Count, cases = read.Cases.Count, assertions = read.Cases.Sum(one => one.Assertions.Count), leftOut = imported.LeftOut, output = call.GetValue(output) });
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{read.Prompts.Count} prompts, {read.Cases.Count} cases with {read.Cases.Sum(one => one.Assertions.Count)} assertions in {call.GetValue(output)}{string.Concat(imported.LeftOut.Select(one => $"\nleft out: {one}"))}"));
        });
        return command;
    }
}
