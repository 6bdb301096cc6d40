using System.Data.Common;
using Emend.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Emend.Store;

/// <summary>Which database engine holds the studio's data.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}

/// <summary>
/// Where the studio's data is, and how it is read and written. Every change is one short transaction. SQLite has one writer at a time:
/// writers of this process wait for each other in order here, where waiting costs nothing, and only those of other processes are
/// waited for by SQLite's own polling.
/// </summary>
public sealed class Database : IDisposable
{
    private const int MostAttempts = 5;

    // What a connection string need not say, and may say otherwise. A connection is not cleaned between two uses, as no statement of ours leaves
    // anything in it (locks end with their transaction), and keeps the plans of what it is asked again and again.
    private const string Lasting = "No Reset On Close=true;Max Auto Prepare=200;";

    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly DbContextOptions<StudioContext> _options;
    private readonly NpgsqlDataSource? _source;

    private Database(Engine engine, string connection)
    {
        Engine = engine;
        ConnectionString = connection;
        var builder = new DbContextOptionsBuilder<StudioContext>();
        if (engine == Engine.Sqlite)
        {
            builder.UseSqlite(connection).AddInterceptors(new SqliteSettings());
        }
        else
        {
            _source = NpgsqlDataSource.Create(connection);
            builder.UseNpgsql(_source);
        }
        _options = builder.Options;
    }

    public Engine Engine { get; }

    public string ConnectionString { get; }

    /// <summary>The file of an SQLite database, else null.</summary>
    public string? File => Engine == Engine.Sqlite ? new SqliteConnectionStringBuilder(ConnectionString).DataSource : null;

    /// <summary>A connection string with a Host is PostgreSQL; anything else is the path of an SQLite file.</summary>
    public static Database At(string place) => IsFile(place) ? Sqlite(place) : Postgres(place);

    /// <summary>Whether a place is a file of SQLite.</summary>
    public static bool IsFile(string place) => !place.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    public static Database Sqlite(string file)
    {
        string full = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new(Engine.Sqlite, new SqliteConnectionStringBuilder { DataSource = full, ForeignKeys = true, DefaultTimeout = 30 }.ToString());
    }

    /// <exception cref="InvalidInputException">The connection string is none.</exception>
    public static Database Postgres(string connection)
    {
        try
        {
            return new(Engine.Postgres, new NpgsqlConnectionStringBuilder(Lasting + connection).ToString());
        }
        catch (ArgumentException exception)
        {
            throw new InvalidInputException($"--database: is no connection string of PostgreSQL ({exception.Message}); right is \"Host=…;Database=…;Username=…\"");
        }
    }

    /// <summary>A context for reading, or for ASP.NET Core Identity. Changes of the studio's own go through Write.</summary>
    public StudioContext Open() => new(_options);

    public async Task<T> Read<T>(Func<StudioContext, Task<T>> work)
    {
        await using StudioContext context = Open();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await work(context);
    }

    /// <summary>
    /// Runs the work in one transaction, saves what it changed, and commits; nothing is kept where it throws. Where another server got
    /// in between (a deadlock, a unique place taken), it is run again from the start.
    /// </summary>
    public async Task<T> Write<T>(Func<StudioContext, Task<T>> work, CancellationToken cancellation = default)
    {
        if (Engine == Engine.Sqlite)
            await _writer.WaitAsync(cancellation);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    return await Once(work, cancellation);
                }
                catch (Exception exception) when (attempt < MostAttempts && IsPassing(exception))
                {
                    await Task.Delay(Random.Shared.Next(5, 30 * attempt), cancellation);
                }
            }
        }
        finally
        {
            if (Engine == Engine.Sqlite)
                _writer.Release();
        }
    }

    public Task Write(Func<StudioContext, Task> work, CancellationToken cancellation = default) => Write(async context =>
    {
        await work(context);
        return true;
    }, cancellation);

    public void Dispose()
    {
        _writer.Dispose();
        _source?.Dispose();
        if (Engine == Engine.Sqlite)
            SqliteConnection.ClearPool(new SqliteConnection(ConnectionString));
    }

    private async Task<T> Once<T>(Func<StudioContext, Task<T>> work, CancellationToken cancellation)
    {
        await using StudioContext context = Open();
        context.Database.AutoSavepointsEnabled = false;      // what fails is taken back whole, so nothing goes back to a point in between
        await using var transaction = await context.Database.BeginTransactionAsync(cancellation);
        T result = await work(context);
        await context.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    private static bool IsPassing(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation })
                return true;
            if (inner is DbUpdateConcurrencyException)
                return true;
        }
        return false;
    }

    // WAL is a property of the file and is set where the file is made. Synchronous FULL: what was acknowledged outlives a power cut.
    private sealed class SqliteSettings : DbConnectionInterceptor
    {
        private const string Pragmas = "PRAGMA busy_timeout = 30000; PRAGMA synchronous = FULL;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData data) => Set(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData data, CancellationToken cancellation = default)
        {
            Set(connection);
            return Task.CompletedTask;
        }

        private static void Set(DbConnection connection)
        {
            using DbCommand command = connection.CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
        }
    }
}
