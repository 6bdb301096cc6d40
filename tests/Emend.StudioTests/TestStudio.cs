using Emend.Store;
using Emend.Studio;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Emend.StudioTests;

/// <summary>A studio of one test's own, on a real server and a real database of either engine.</summary>
internal sealed class TestStudio : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    private static readonly Lazy<Task<string>> MigratedSqlite = new(MigrateSqlite);
    private static readonly Lazy<Task<string>> MigratedPostgres = new(MigratePostgres);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend-studio-");
    private StudioServer? _server;

    public required StudioOptions Options { get; init; }

    public TestClock Clock { get; } = new();

    public StudioServer Server => _server ?? throw new InvalidOperationException("the studio is stopped");

    public Database Database => Server.Database;

    /// <summary>Both engines, for theories.</summary>
    public static TheoryData<Engine> Engines => [Engine.Sqlite, Engine.Postgres];

    /// <summary>A studio that nobody has set up.</summary>
    public static async Task<TestStudio> Empty(Engine engine, RateLimits? limits = null, Func<StudioOptions, StudioOptions>? set = null)
    {
        var studio = new TestStudio { Options = null! };
        string place = await NewDatabase(engine, studio._folder.FullName);
        var options = new StudioOptions { Database = place, Url = "http://127.0.0.1:0", Clock = studio.Clock, PasswordIterations = 1000, AllowPrivateWebhooks = true, Limits = limits ?? new RateLimits(1_000_000, 1_000_000, 1_000_000) };
        studio = studio.With(set?.Invoke(options) ?? options);
        await studio.StartServer();
        return studio;
    }

    /// <summary>A studio with an owner who is signed in.</summary>
    public static async Task<(TestStudio Studio, Client Owner)> WithOwner(Engine engine, Func<StudioOptions, StudioOptions>? set = null)
    {
        TestStudio studio = await Empty(engine, set: set);
        Client owner = await studio.Visitor();
        await owner.Post("/api/set-up", new { secret = studio.Server.SetUpSecret, name = "owner", password = Password });
        await owner.Refresh();
        return (studio, owner);
    }

    public async Task StartServer() => _server = await StudioServer.Start(Options);

    public async Task StopServer()
    {
        await Server.DisposeAsync();
        _server = null;
    }

    /// <summary>A new account with a role in a project, signed in.</summary>
    public async Task<Client> Member(string name, long project, Role role)
    {
        var accounts = new Accounts(Database, new PasswordHasher<Account>(Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 1000 })), Clock);
        await Database.Write(async context =>
        {
            Account account = await accounts.Add(context, new NewAccount(name, Password));
            context.Memberships.Add(new Membership { ProjectId = project, AccountId = account.Id, Role = role, CreatedAt = account.CreatedAt });
        });
        Client client = await Visitor();
        await client.SignIn(name);
        return client;
    }

    /// <summary>A browser that nobody has signed in with.</summary>
    public async Task<Client> Visitor()
    {
        var client = new Client(Server.Address);
        await client.Refresh();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>An empty, migrated database: a connection string or a file.</summary>
    public static async Task<string> NewDatabase(Engine engine, string folder)
    {
        if (engine == Engine.Postgres)
            return PostgresServer.NewDatabase(await MigratedPostgres.Value);
        string file = Path.Combine(folder, "studio.db");
        File.Copy(await MigratedSqlite.Value, file);
        return file;
    }

    private TestStudio With(StudioOptions options) => new(this) { Options = options };

    public TestStudio()
    {
    }

    private TestStudio(TestStudio other) => (_folder, Clock) = (other._folder, other.Clock);

    private static async Task<string> MigrateSqlite()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend-template-").FullName, "template.db");
        using (Database database = Database.Sqlite(file))
            await Migrations.Apply(database);
        SqliteConnection.ClearAllPools();
        return file;
    }

    private static async Task<string> MigratePostgres()
    {
        string place = PostgresServer.NewDatabase();
        using (Database database = Database.Postgres(place))
            await Migrations.Apply(database);
        return new Npgsql.NpgsqlConnectionStringBuilder(place).Database!;
    }
}

/// <summary>A clock that a test sets forward; it starts at the time of day.</summary>
internal sealed class TestClock : TimeProvider
{
    private TimeSpan _ahead;

    public void Advance(TimeSpan by) => _ahead += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;
}
