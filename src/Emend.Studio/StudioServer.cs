using System.Net;
using Emend.Store;
using Emend.Studio.Endpoints;
using Emend.Studio.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emend.Studio;

/// <summary>The studio as a running program: database, web server, and the link with which the first person begins.</summary>
public sealed class StudioServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StudioServer(WebApplication app, Database database, string? setUpSecret) => (_app, Database, SetUpSecret) = (app, database, setUpSecret);

    public Database Database { get; }

    /// <summary>The secret of the set-up link, or null where somebody owns the installation. It is kept nowhere else.</summary>
    public string? SetUpSecret { get; }

    /// <summary>Where it listens, with the port that it took.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Every route with its metadata, for the tests that sweep them.</summary>
    internal IReadOnlyList<Endpoint> Routes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Opens the database, brings it to the newest schema, and listens.</summary>
    public static async Task<StudioServer> Start(StudioOptions options)
    {
        Uri address = options.Address();
        Database database = Database.At(options.DatabasePlace);
        await Migrations.Apply(database);

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => Listen(server, address));
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            // It warns that responses with tokens are not cached, which is as it should be, and that keys are not encrypted (0004).
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        AddServices(builder.Services, options, database);

        WebApplication app = builder.Build();
        Pipeline.Use(app, options);
        MapEverything(app);
        Policies.RefuseRoutesWithout(app);
        await app.Services.GetRequiredService<Ordering>().ApplyAll();
        var server = new StudioServer(app, database, await app.Services.GetRequiredService<Accounts>().NewSetUpSecret());
        await app.StartAsync();
        return server;
    }

    /// <summary>Until somebody asks it to stop.</summary>
    public Task Run(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Database.Dispose();
    }

    private static void Listen(KestrelServerOptions server, Uri address)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = 4 << 20;
        if (address.Host == "localhost" && address.Port != 0)
            server.ListenLocalhost(address.Port);
        else
            server.Listen(IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) ? ip : IPAddress.Loopback, address.Port);
    }

    private static void AddServices(IServiceCollection services, StudioOptions options, Database database)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Clock);
        services.AddSingleton(database);
        services.AddScoped(_ => database.Open());
        services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = options.PasswordIterations);
        services.AddSingleton<Accounts>();
        services.AddSingleton<Projects>();
        services.AddSingleton<Items>();
        services.AddSingleton(new Tokenizers(options.TokenizersFolder));
        services.AddSingleton<Queue>();
        services.AddSingleton<Drafts>();
        services.AddSingleton<Answers>();
        services.AddSingleton<Exports>();
        services.AddSingleton<Members>();
        services.AddSingleton<AuditReader>();
        services.AddSingleton<Guidelines>();
        services.AddSingleton<Gold>();
        services.AddSingleton<Reviews>();
        services.AddSingleton<Adjudication>();
        services.AddSingleton<Statistics>();
        services.AddSingleton<Subjectivity>();
        services.AddSingleton<Protocol>();
        services.AddSingleton<ItemHistory>();
        services.AddSingleton<RatesOfEdits>();
        services.AddSingleton<TwoFactor>();
        services.AddSingleton(new RunFolders(options.Runs));
        services.AddSingleton(new RunRecipes(options.Recipes));
        services.AddSingleton<RunStarter>();
        services.AddSingleton<Retention>();
        services.AddHostedService<RetentionService>();
        services.AddSingleton<Webhooks>();
        services.AddSingleton<Prompts>();
        services.AddSingleton<PromptVersions>();
        services.AddSingleton<PromptLabels>();
        services.AddSingleton<PromptMetrics>();
        services.AddSingleton<Responses>();
        services.AddSingleton<ResponsesInUse>();
        services.AddSingleton<Documents>();
        services.AddSingleton<AbTests>();
        services.AddSingleton<SuiteRuns>();
        services.AddSingleton<JudgeRuns>();
        services.AddSingleton<JudgeAsking>();
        services.AddSingleton<Embeddings>();
        services.AddHostedService<WebhookSender>();
        services.AddSingleton<ModelEndpoints>();
        services.AddSingleton<ModelAdvice>();
        services.AddSingleton<ModelCalls>();
        services.AddSingleton<ResponseMaking>();
        services.AddSingleton<Ordering>();
        services.AddSingleton<MediaFiles>();
        services.AddSingleton<KeyBindings>();
        services.AddRoutingCore();
        services.ConfigureHttpJsonOptions(json => StoreJson.Configure(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOpenApi("v1", document => document.AddDocumentTransformer((openApi, _, _) =>
        {
            openApi.Info.Title = "Emend studio";
            openApi.Servers?.Clear();
            return Task.CompletedTask;
        }));
        services.AddDataProtection().SetApplicationName("emend");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(keys => keys.XmlRepository = new KeysInDatabase(provider.GetRequiredService<Database>())));
        services.AddAntiforgery(token =>
        {
            token.HeaderName = Pipeline.AntiforgeryHeader;
            token.Cookie.Name = "emend-antiforgery";
            token.Cookie.SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict;
            token.SuppressXFrameOptionsHeader = true;
        });
        services.AddIdentityCore<Account>(identity =>
        {
            identity.Lockout.MaxFailedAccessAttempts = 8;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        }).AddEntityFrameworkStores<StudioContext>().AddTokenProvider<AuthenticatorTokenProvider<Account>>(TokenOptions.DefaultAuthenticatorProvider);
        SignIn.Add(services);
        Policies.Add(services);
        Limits.Add(services, options.Limits);
    }

    private static void MapEverything(WebApplication app)
    {
        app.MapSession();
        app.MapProjects();
        app.MapItems();
        app.MapWork();
        app.MapExports();
        app.MapMembers();
        app.MapTokens();
        app.MapAudit();
        app.MapQuality();
        app.MapAnalysis();
        app.MapTwoFactor();
        app.MapRuns();
        app.MapWebhooks();
        app.MapPrompts();
        app.MapResponses();
        app.MapDocuments();
        app.MapAbTests();
        app.MapSuiteRuns();
        app.MapJudgeRuns();
        app.MapRankings();
        app.MapModels();
        app.MapOrder();
        app.MapMedia();
        app.MapPages();
        app.MapOpenApi("/api/openapi.json").AllowAnonymous();
    }
}
