using System.CommandLine;
using Emend.Studio;

namespace Emend.Cli.Commands;

/// <summary>emend studio: the web application where people give feedback.</summary>
internal static class StudioCommand
{
    public static Command Create()
    {
        var defaults = new StudioOptions();
        var database = new DatabaseChoice();
        var url = new Option<string>("--url") { Description = "Where it listens.", DefaultValueFactory = _ => defaults.Url };
        var privateWebhooks = new Option<bool>("--allow-private-webhooks") { Description = "Let webhooks go to addresses of this machine and of private networks." };
        var privateModels = new Option<bool>("--allow-private-models") { Description = "Let projects ask models at addresses of this machine and of private networks, such as emend serve beside it." };
        var runs = new Option<string?>("--runs") { Description = "Folder with runs of training, which the studio shows and starts; none when absent.", HelpName = "DIR" };
        var recipes = new Option<string?>("--recipes") { Description = "Folder with the recipes that runs may be started from; recipes when absent and there is one.", HelpName = "DIR" };
        var proxy = new Option<string[]>("--proxy") { Description = "Address of a proxy in front, whose X-Forwarded-For and X-Forwarded-Proto are believed; may be given again.", HelpName = "ADDRESS" };
        var drafts = new Option<int>("--keep-drafts") { Description = "Days after which drafts of answered items are removed.", HelpName = "DAYS", DefaultValueFactory = _ => defaults.KeepDraftsDays };
        var deliveries = new Option<int>("--keep-deliveries") { Description = "Days after which finished webhook deliveries are removed.", HelpName = "DAYS", DefaultValueFactory = _ => defaults.KeepDeliveriesDays };
        var command = new Command("studio", "Start the studio, where people give feedback in a browser.") { url, privateWebhooks, privateModels, runs, recipes, proxy, drafts, deliveries };
        database.AddTo(command);
        database.AddTokenizersTo(command);
        command.SetAction(async (call, _) =>
        {
            CancellationToken interruption = Signals.Interruption;
            var options = new StudioOptions
            {
                Database = database.Given(call),
                Data = database.Folder(call),
                Url = call.GetValue(url)!,
                Tokenizers = database.TokenizersGiven(call),
                Runs = call.GetValue(runs),
                Recipes = call.GetValue(recipes) ?? (Directory.Exists("recipes") ? Path.GetFullPath("recipes") : null),
                Proxies = call.GetValue(proxy) ?? [],
                KeepDraftsDays = call.GetValue(drafts),
                KeepDeliveriesDays = call.GetValue(deliveries),
                AllowPrivateWebhooks = call.GetValue(privateWebhooks),
                AllowPrivateModels = call.GetValue(privateModels),
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
