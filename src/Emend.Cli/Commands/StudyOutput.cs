using System.Globalization;
using System.Text.Json.Nodes;
using Emend.Evaluation;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>A study's result on stdout: tables for people, one object for machines.</summary>
internal static class StudyOutput
{
    /// <summary>One object for a study of one regime; for more, an object per regime under its name.</summary>
    public static void Write(IReadOnlyList<StudyResult> results, string folder, TimeSpan elapsed, bool json)
    {
        string report = Path.GetFullPath(Path.Combine(folder, "report.html"));
        if (!json)
        {
            foreach (StudyResult result in results)
                WriteTables(result);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:F0} s, {PeakMemory >> 20} MiB at most. Report: {report}"));
            return;
        }
        if (results is [var only])
            JsonOutput.WriteLine(Machine(only, elapsed, report));
        else
            JsonOutput.WriteLine(new { studies = results.ToDictionary(result => result.Measures.Name, result => Machine(result, elapsed, report)), seconds = elapsed.TotalSeconds, peakMemoryBytes = PeakMemory, report });
    }

    private static long PeakMemory => System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64;

    private static JsonObject Machine(StudyResult result, TimeSpan elapsed, string report)
    {
        JsonObject machine = StudyJson.Of(result);
        machine["seconds"] = elapsed.TotalSeconds;
        machine["peakMemoryBytes"] = PeakMemory;
        machine["report"] = report;
        return machine;
    }

    private static void WriteTables(StudyResult result)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]{result.Measures.Name}[/]: win rate against {result.Measures.Reference}, judged by {result.Measures.Judge}");
        AnsiConsole.Write(Table(StudyTable.Rows(result)));
        AnsiConsole.Write(Table(StudyTable.DifferenceRows(result)));
        foreach (ArmSummary arm in result.Arms)
        {
            foreach (ComparedMeasure measure in arm.Extra)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arm.Name}: {measure.Name} {measure.Value:F2}{measure.Unit}, {result.Measures.Reference} {measure.Reference:F2}{measure.Unit}"));
        }
        foreach (StudyWarning warning in result.Warnings)
            AnsiConsole.MarkupLineInterpolated($"[yellow]note[/] {(warning.Arm == "" ? "" : warning.Arm + ": ")}{warning.Message}");
    }

    private static Table Table(IReadOnlyList<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string head in rows[0])
            table.AddColumn(new TableColumn(Markup.Escape(head)));
        foreach (string[] row in rows.Skip(1))
            table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }
}
