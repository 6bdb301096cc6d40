// Format: docs/formats/backup.md. The same on both engines, so that a backup of one can be restored into the other.
using System.Data;
using System.Data.Common;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Emend.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Emend.Store;

/// <summary>What was written or read.</summary>
public sealed record BackupReport(int Tables, long Rows, DateTime CreatedAt);

/// <summary>The whole store in one file: every table as it was at one moment, while others go on writing.</summary>
public static class Backup
{
    private const int Format = 1;

    private sealed record Head(string Emend, int Format, IReadOnlyList<string> Steps, DateTime CreatedAt);

    private sealed record TableHead(string Table, IReadOnlyList<string> Columns);

    private sealed record End(long Rows);

    /// <summary>Writes a gzip file of JSON lines to a name beside the target and renames it: there is a whole backup, or none.</summary>
    public static async Task<BackupReport> Write(Database database, string file, DateTime now)
    {
        string full = Path.GetFullPath(file), unfinished = $"{full}.{Environment.ProcessId}.part";
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        try
        {
            BackupReport report;
            await using (FileStream target = File.Create(unfinished))
            await using (var packed = new GZipStream(target, CompressionLevel.Fastest))
                report = await WriteRows(database, packed, now);
            File.Move(unfinished, full, overwrite: true);
            return report;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Fills an empty database from a backup, in one transaction: all of it, or nothing.</summary>
    /// <exception cref="InvalidInputException">The database is not empty, or the file is no whole backup of this schema.</exception>
    public static async Task<BackupReport> Restore(Database database, string file)
    {
        InvalidInputException.ThrowIfNoFile(file, "a backup made by emend backup");
        await Migrations.Apply(database);
        using var lines = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        try
        {
            return await database.Write(context => ReadRows(context, database.Engine, lines, file));
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException)
        {
            throw new InvalidInputException($"{file}: is no whole backup ({exception.Message}); nothing was restored.");
        }
    }

    private static async Task<BackupReport> WriteRows(Database database, Stream target, DateTime now)
    {
        await using StudioContext context = database.Open();
        IEntityType[] tables = Tables(context);
        await context.Database.OpenConnectionAsync();
        DbConnection connection = context.Database.GetDbConnection();
        // The first read fixes the moment; on SQLite a deferred transaction reads without keeping anybody from writing.
        await using DbTransaction snapshot = connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true) : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        await WriteLine(target, new Head("backup", Format, Migrations.Steps(database.Engine), now));
        long rows = 0;
        foreach (IEntityType table in tables)
        {
            IProperty[] columns = [.. table.GetProperties()];
            await WriteLine(target, new TableHead(table.GetTableName()!, [.. columns.Select(column => column.GetColumnName())]));
            await using DbCommand command = connection.CreateCommand();
            command.Transaction = snapshot;
            command.CommandText = $"SELECT {string.Join(", ", columns.Select(column => $"\"{column.GetColumnName()}\""))} FROM \"{table.GetTableName()}\" ORDER BY {string.Join(", ", table.FindPrimaryKey()!.Properties.Select(key => $"\"{key.GetColumnName()}\""))}";
            await using DbDataReader reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                rows++;
                await WriteLine(target, columns.Select((column, i) => reader.IsDBNull(i) ? null : Value(reader, i, StoredType(column))).ToArray());
            }
        }
        await WriteLine(target, new End(rows));
        return new BackupReport(tables.Length, rows, now);
    }

    private static async Task<BackupReport> ReadRows(StudioContext context, Engine engine, StreamReader lines, string file)
    {
        if (await context.Users.AnyAsync() || await context.Audit.AnyAsync())
            throw new InvalidInputException("the database is not empty; a backup is restored into an empty one only.");
        // A studio that was only started has a key ring and a set-up link, which the backup's replace.
        await context.Settings.ExecuteDeleteAsync();
        await context.ProtectionKeys.ExecuteDeleteAsync();
        Head head = Read<Head>(await lines.ReadLineAsync());
        if (head.Emend != "backup" || head.Format != Format || !head.Steps.SequenceEqual(Migrations.Steps(engine)))
            throw new InvalidInputException($"{file}: was written at schema step {head.Steps.LastOrDefault()}, this program has {Migrations.Steps(engine)[^1]}; restore it with the Emend that wrote it, then start this one.");
        Dictionary<string, IEntityType> tables = Tables(context).ToDictionary(table => table.GetTableName()!);
        long rows = 0;
        int read = 0;
        DbCommand? insert = null;
        Type[] types = [];
        for (string? line = await lines.ReadLineAsync(); line is not null; line = await lines.ReadLineAsync())
        {
            if (line.StartsWith('['))
            {
                Fill(insert ?? throw new JsonException("a row stands before its table"), types, Read<JsonElement>(line));
                await insert.ExecuteNonQueryAsync();
                rows++;
                continue;
            }
            insert?.Dispose();
            if (line.StartsWith("{\"rows\"", StringComparison.Ordinal))
            {
                if (Read<End>(line).Rows != rows)
                    throw new JsonException($"{rows} rows of {Read<End>(line).Rows} are there");
                if (engine == Engine.Postgres)
                    await SetSequences(context, tables.Values);
                return new BackupReport(read, rows, head.CreatedAt);
            }
            TableHead table = Read<TableHead>(line);
            (insert, types) = Insert(context, tables[table.Table], table);
            read++;
        }
        throw new JsonException("the end is missing");
    }

    private static (DbCommand, Type[]) Insert(StudioContext context, IEntityType table, TableHead head)
    {
        Dictionary<string, IProperty> columns = table.GetProperties().ToDictionary(column => column.GetColumnName());
        DbCommand command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(context.Database.CurrentTransaction!);
        // Names come from the model, never from the file.
        command.CommandText = $"INSERT INTO \"{table.GetTableName()}\" ({string.Join(", ", head.Columns.Select(name => $"\"{columns[name].GetColumnName()}\""))}) VALUES ({string.Join(", ", head.Columns.Select((_, i) => $"@p{i}"))})";
        for (int i = 0; i < head.Columns.Count; i++)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            command.Parameters.Add(parameter);
        }
        return (command, [.. head.Columns.Select(name => StoredType(columns[name]))]);
    }

    private static void Fill(DbCommand command, Type[] types, JsonElement row)
    {
        for (int i = 0; i < types.Length; i++)
            command.Parameters[i].Value = row[i].ValueKind == JsonValueKind.Null ? DBNull.Value : row[i].Deserialize(types[i]);
    }

    private static async Task SetSequences(StudioContext context, IEnumerable<IEntityType> tables)
    {
        foreach (IEntityType table in tables.Where(table => table.FindPrimaryKey()!.Properties is [{ ValueGenerated: ValueGenerated.OnAdd } key] && key.ClrType != typeof(string)))
        {
            string name = table.GetTableName()!, key = table.FindPrimaryKey()!.Properties[0].GetColumnName();
            await Migrations.Run(context, $"SELECT setval(pg_get_serial_sequence('\"{name}\"', '{key}'), greatest((SELECT max(\"{key}\") FROM \"{name}\"), 1))");
        }
    }

    // Tables that others point to come first.
    private static IEntityType[] Tables(StudioContext context)
    {
        List<IEntityType> left = [.. context.Model.GetEntityTypes().OrderBy(table => table.GetTableName(), StringComparer.Ordinal)];
        var ordered = new List<IEntityType>();
        while (left.Count > 0)
        {
            IEntityType next = left.First(table => table.GetForeignKeys().All(key => key.PrincipalEntityType == table || ordered.Contains(key.PrincipalEntityType)));
            ordered.Add(next);
            left.Remove(next);
        }
        return [.. ordered];
    }

    private static Type StoredType(IProperty column)
    {
        Type type = column.GetTypeMapping().Converter?.ProviderClrType ?? column.ClrType;
        return Nullable.GetUnderlyingType(type) ?? type;
    }

    private static object Value(DbDataReader reader, int i, Type type) => type switch
    {
        _ when type == typeof(string) => reader.GetString(i),
        _ when type == typeof(long) => reader.GetInt64(i),
        _ when type == typeof(int) => reader.GetInt32(i),
        _ when type == typeof(bool) => reader.GetBoolean(i),
        _ when type == typeof(double) => reader.GetDouble(i),
        _ when type == typeof(DateTime) => DateTime.SpecifyKind(reader.GetDateTime(i), DateTimeKind.Utc),
        _ when type == typeof(DateTimeOffset) => reader.GetFieldValue<DateTimeOffset>(i),
        _ when type == typeof(byte[]) => reader.GetFieldValue<byte[]>(i),
        _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"a column of type {type} is not known to backups")),
    };

    private static T Read<T>(string? line) => line is null ? throw new JsonException("the file is empty") : JsonSerializer.Deserialize<T>(line, StoreJson.Options)!;

    private static async Task WriteLine<T>(Stream target, T line)
    {
        await JsonSerializer.SerializeAsync(target, line, StoreJson.Options);
        target.WriteByte((byte)'\n');
    }
}
