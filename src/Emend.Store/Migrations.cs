// The schema is SQL by hand, one file per engine and step (Migrations/0001-initial.sqlite.sql, …): what runs is what was read.
// A test compares the migrated schema with the model on both engines. Why not EF's own migrations: docs/decisions/0004-studio.md.
using System.Globalization;
using System.Reflection;
using Emend.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Emend.Store;

/// <summary>Brings a database to the schema of this program.</summary>
public static class Migrations
{
    private const long LockOfPostgres = 0x656d656e64;   // "emend"

    private const string History = """CREATE TABLE IF NOT EXISTS "SchemaSteps" ("Number" INTEGER NOT NULL PRIMARY KEY, "Name" TEXT NOT NULL)""";

    /// <summary>Names of the steps for an engine, in order: "0001-initial".</summary>
    public static IReadOnlyList<string> Steps(Engine engine) =>
        [.. Resources(engine).Select(name => name[..^Suffix(engine).Length])];

    /// <summary>Runs the steps that the database lacks, all in one transaction: a crash leaves it as it was.</summary>
    /// <exception cref="InvalidInputException">The database was written by a newer program.</exception>
    public static async Task Apply(Database database)
    {
        if (database.Engine == Engine.Sqlite)
            await UseWriteAheadLog(database);
        await database.Write(async context =>
        {
            if (database.Engine == Engine.Postgres)
                await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({LockOfPostgres})");
            await Run(context, History);
            List<int> done = await context.Database.SqlQueryRaw<int>("""SELECT "Number" AS "Value" FROM "SchemaSteps" ORDER BY "Number" """).ToListAsync();
            string[] resources = Resources(database.Engine);
            if (done.Count > 0 && done[^1] > resources.Length)
                throw new InvalidInputException($"the database has schema step {done[^1]}, this program knows {resources.Length}: it was written by a newer Emend; use that one, or restore a backup made before.");
            for (int number = done.Count + 1; number <= resources.Length; number++)
            {
                await Run(context, Text(resources[number - 1]));
                await context.Database.ExecuteSqlAsync($"""INSERT INTO "SchemaSteps" ("Number", "Name") VALUES ({number}, {resources[number - 1]})""");
            }
        });
    }

    /// <summary>Runs SQL of our own in the open transaction. Not through ExecuteSqlRaw: braces in a script are no placeholders.</summary>
    internal static async Task Run(StudioContext context, string sql)
    {
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        command.Transaction = context.Database.CurrentTransaction!.GetDbTransaction();
        await command.ExecuteNonQueryAsync();
    }

    private static async Task UseWriteAheadLog(Database database)
    {
        await using StudioContext context = database.Open();
        await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL");
    }

    private static string[] Resources(Engine engine)
    {
        string[] names = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.EndsWith(Suffix(engine), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        for (int i = 0; i < names.Length; i++)
        {
            if (!names[i].StartsWith((i + 1).ToString("0000", CultureInfo.InvariantCulture), StringComparison.Ordinal))
                throw new InvalidOperationException($"schema step {i + 1} is {names[i]}; steps are numbered without gaps");
        }
        return names;
    }

    private static string Suffix(Engine engine) => engine == Engine.Sqlite ? ".sqlite.sql" : ".postgres.sql";

    private static string Text(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
