using System.CommandLine;
using System.Globalization;
using Emend.Feedback;

namespace Emend.Cli.Commands;

/// <summary>emend edits stats: how much people changed in a file of edits, and what they took out.</summary>
internal static class EditsStatsCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Edit rows, one JSON object a line: id, group, prompt, response, edited." };
        var command = new Command("stats", "Say how much the edits of a file change.") { file };
        command.SetAction(call =>
        {
            EditStatistics statistics = EditStatistics.Of(EditRows.Read(call.GetValue(file)!));
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(statistics);
            else
                Print(statistics);
        });
        return command;
    }

    private static void Print(EditStatistics statistics)
    {
        (string Name, string Value)[] rows =
        [
            ("rows", statistics.Rows.ToString(CultureInfo.InvariantCulture)),
            ("made by", Makers(statistics)),
            ("not changed", statistics.Identical.ToString(CultureInfo.InvariantCulture)),
            ("edit rate", $"mean {Percent(statistics.MeanEditRate)}, median {Percent(statistics.MedianEditRate)} of the words"),
            ("words kept", Percent(statistics.WordsKeptShare)),
            ("hunks a row", Number(statistics.HunksPerRow)),
            ("kinds of hunk", $"{Percent(statistics.ReplacedShare)} replace, {Percent(statistics.DeletedShare)} delete, {Percent(statistics.InsertedShare)} insert"),
            ("words a text", $"{Number(statistics.MeanResponseWords)} before, {Number(statistics.MeanEditedWords)} after ({Percent(statistics.LengthChange)})"),
        ];
        foreach ((string name, string value) in rows)
            Console.WriteLine($"{name,-15} {value}");
        // The words themselves may be offensive, as people's edits show; they are printed only for machines.
        Console.WriteLine($"{"removed most",-15} {statistics.MostRemoved.Length} words; --json lists them");
    }

    private static string Makers(EditStatistics statistics) => string.Join(", ", new (int Count, string Who)[]
    {
        (statistics.Rows - statistics.ByAi - statistics.BySimulated, "people"), (statistics.ByAi, "an AI"), (statistics.BySimulated, "simulated annotators"),
    }.Where(maker => maker.Count > 0).Select(maker => string.Create(CultureInfo.InvariantCulture, $"{maker.Who} ({maker.Count})")));

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
