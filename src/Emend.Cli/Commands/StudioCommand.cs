using System.CommandLine;
using Emend.Studio;

namespace Emend.Cli.Commands;

/// <summary>emend studio: the web application where people give feedback.</summary>
internal static class StudioCommand
{
    public static Command Create()
    {
        var defaults = new StudioOptions();
        var database = new Option<string?>("--database") { Description = "\"Host=…;Database=…;Username=…\" for PostgreSQL, or a file for SQLite; the file studio.db in the data folder when absent.", HelpName = "PLACE" };
        var url = new Option<string>("--url") { Description = "Where it listens.", DefaultValueFactory = _ => defaults.Url };
        var data = new Option<string>("--data") { Description = "Folder of its own files; made when it is missing.", HelpName = "DIR", DefaultValueFactory = _ => defaults.Data };
        var tokenizers = new Option<string?>("--tokenizers") { Description = "Folder with the tokenizers that projects may measure edits with; the folder tokenizers in the data folder when absent.", HelpName = "DIR" };
        var command = new Command("studio", "Start the studio, where people give feedback in a browser.") { database, url, data, tokenizers };
        command.SetAction(async (call, _) =>
        {
            CancellationToken interruption = Signals.Interruption;
            var options = new StudioOptions
            {
                Database = call.GetValue(database),
                Url = call.GetValue(url)!,
                Data = call.GetValue(data)!,
                Tokenizers = call.GetValue(tokenizers),
                Pages = Environment.GetEnvironmentVariable("EMEND_STUDIO_PAGES") is { Length: > 0 } pages ? pages : null,
            };
            await using StudioServer server = await StudioServer.Start(options);
            Say(server, call.GetValue(CommandLine.Json));
            await server.Run(interruption);
        });
        return command;
    }

    private static void Say(StudioServer server, bool json)
    {
        string? setUp = server.SetUpSecret is string secret ? new Uri(server.Address, $"/set-up#{secret}").ToString() : null;
        if (json)
        {
            JsonOutput.WriteLine(new { url = server.Address.ToString(), setUp });
            return;
        }
        Console.WriteLine($"The studio listens at {server.Address}");
        Console.WriteLine(setUp is null ? "Sign in with your name and password. Ctrl-C ends it." : $"Nobody has an account yet. Open this link once to become its owner:\n  {setUp}");
    }
}
