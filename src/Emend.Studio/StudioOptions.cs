using System.Net;
using Emend.Text;

namespace Emend.Studio;

/// <summary>What the studio is started with; nothing of it has to be given.</summary>
public sealed record StudioOptions
{
    /// <summary>A connection string of PostgreSQL, or the path of an SQLite file; null: studio.db in the data folder.</summary>
    public string? Database { get; init; }

    /// <summary>Where it listens; port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:5810";

    /// <summary>Folder of the SQLite file.</summary>
    public string Data { get; init; } = "studio";

    /// <summary>Folder below which projects name their tokenizers; null: tokenizers in the data folder.</summary>
    public string? Tokenizers { get; init; }

    /// <summary>Pages and assets; null: those that lie beside the program.</summary>
    public string? Pages { get; init; }

    /// <summary>Requests that one person, or one address that is not signed in, may make.</summary>
    public RateLimits Limits { get; init; } = new();

    /// <summary>Rounds of PBKDF2 with SHA-512; fewer only in tests.</summary>
    public int PasswordIterations { get; init; } = 210_000;

    /// <summary>Lets webhooks go to addresses of this machine and of private networks.</summary>
    public bool AllowPrivateWebhooks { get; init; }

    /// <summary>Lets projects ask models at addresses of this machine and of private networks.</summary>
    public bool AllowPrivateModels { get; init; }

    /// <summary>How long a model may take to answer.</summary>
    public TimeSpan ModelPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Folder with runs of training: those below it are shown, and started from the studio they go there; null: no runs.</summary>
    public string? Runs { get; init; }

    /// <summary>Folder with the recipes that runs may be started from; null: none can be started.</summary>
    public string? Recipes { get; init; }

    /// <summary>The program that trains, with its first arguments; empty: this program itself.</summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody else's are.</summary>
    public IReadOnlyList<string> Proxies { get; init; } = [];

    /// <summary>Days after which drafts of what was answered, and drafts kept after a conflict, are removed.</summary>
    public int KeepDraftsDays { get; init; } = 90;

    /// <summary>Days after which webhook deliveries that are done or given up are removed.</summary>
    public int KeepDeliveriesDays { get; init; } = 30;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public string DatabasePlace => Database ?? Path.Combine(Data, "studio.db");

    public string TokenizersFolder => Tokenizers ?? Path.Combine(Data, "tokenizers");

    public string PagesFolder => Pages ?? Path.Combine(AppContext.BaseDirectory, "wwwroot");

    /// <exception cref="InvalidInputException">The address is none that a web server can listen on.</exception>
    public Uri Address() =>
        Uri.TryCreate(Url, UriKind.Absolute, out Uri? address) && address.Scheme == Uri.UriSchemeHttp && address.AbsolutePath == "/" && address.UserInfo == ""
            ? address
            : throw new InvalidInputException($"--url {Url}: is no address to listen on; right is like http://127.0.0.1:5810 (put a proxy in front for https)");

    /// <exception cref="InvalidInputException">One of the proxies is no address, or a number of days is below 1.</exception>
    public IReadOnlyList<IPAddress> ProxyAddresses()
    {
        if (KeepDraftsDays < 1 || KeepDeliveriesDays < 1)
            throw new InvalidInputException($"--keep-drafts {KeepDraftsDays}, --keep-deliveries {KeepDeliveriesDays}: at least one day is expected");
        return [.. Proxies.Select(proxy => IPAddress.TryParse(proxy, out IPAddress? address) ? address : throw new InvalidInputException($"--proxy {proxy}: is no address; right is like 10.0.0.7"))];
    }
}

/// <summary>Requests a minute: to sign in (by address), to import and export (by person), and of all kinds (by person).</summary>
public sealed record RateLimits(int SignIn = 20, int Bulk = 60, int All = 3000);
