using System.Data.Common;
using Emend.Store;
using Emend.Text;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

public class SchemaTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheStepsMakeTheSchemaOfTheModel(Engine engine)
    {
        using Database migrated = Fresh(engine), created = Fresh(engine);
        await Migrations.Apply(migrated);
        await using (StudioContext context = created.Open())
            await context.Database.EnsureCreatedAsync();

        Assert.Equal(await Schema(created), await Schema(migrated));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ApplyingTheStepsAgainChangesNothing(Engine engine)
    {
        using Database database = Fresh(engine);
        await Migrations.Apply(database);
        string[] before = await Schema(database);
        await Migrations.Apply(database);

        Assert.Equal(before, await Schema(database));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ADatabaseOfANewerProgramIsRefused(Engine engine)
    {
        using Database database = Fresh(engine);
        await Migrations.Apply(database);
        await database.Write(context => context.Database.ExecuteSqlRawAsync("""INSERT INTO "SchemaSteps" ("Number", "Name") VALUES (9999, 'future')"""));

        InvalidInputException refused = await Assert.ThrowsAsync<InvalidInputException>(() => Migrations.Apply(database));
        Assert.Contains("newer Emend", refused.Message);
    }

    private static Database Fresh(Engine engine) => engine == Engine.Postgres
        ? Database.Postgres(PostgresServer.NewDatabase())
        : Database.Sqlite(Path.Combine(Directory.CreateTempSubdirectory("emend-schema-").FullName, "x.db"));

    // Tables, columns with types, indices with their conditions, keys: one line each, without the table of steps and the full-text index,
    // which the steps alone make: the model has no words for it, and a search test uses it.
    private static async Task<string[]> Schema(Database database)
    {
        const string sqlite = """SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'SchemaSteps' AND name NOT LIKE 'ContextIndex%'""";
        const string postgres = """
            SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(character_maximum_length::text, '') || coalesce(is_identity, '')
              FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'SchemaSteps'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'SchemaSteps' AND indexname <> 'ContextIndex'
            UNION ALL SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
              WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> '"SchemaSteps"'
            """;
        await using StudioContext context = database.Open();
        await context.Database.OpenConnectionAsync();
        await using DbCommand command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = database.Engine == Engine.Sqlite ? sqlite : postgres;
        var lines = new List<string>();
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            lines.Add(string.Join(' ', reader.GetString(0).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        return [.. lines.Order(StringComparer.Ordinal)];
    }
}
