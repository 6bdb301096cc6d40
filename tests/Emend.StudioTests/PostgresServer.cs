using System.Diagnostics;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(Emend.StudioTests.PostgresLifetime))]

namespace Emend.StudioTests;

/// <summary>Ends PostgreSQL after the last test, where one has started it.</summary>
public sealed class PostgresLifetime : IDisposable
{
    public void Dispose() => PostgresServer.Stop();
}

/// <summary>
/// A PostgreSQL of these tests' own: a fresh cluster in a temporary folder, reached over a Unix socket in it, gone afterwards. As
/// PostgreSQL refuses to run as root, root starts it as nobody.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    private const string Nobody = "65534";
    private static readonly Lazy<PostgresServer> Shared = new(() => new PostgresServer());
    private readonly string _folder;
    private readonly string? _binaries = FindBinaries();
    private int _databases;

    private PostgresServer()
    {
        _folder = Directory.CreateTempSubdirectory("emend-pg-").FullName;
        if (_binaries is null)
            return;
        if (Environment.IsPrivilegedProcess)
            Run("chown", Nobody, _folder);
        string data = Path.Combine(_folder, "data");
        AsOther("initdb", "-D", data, "-U", "emend", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C");
        AsOther("pg_ctl", "-D", data, "-w", "-l", Path.Combine(_folder, "log"), "-o",
            $"-c listen_addresses= -c unix_socket_directories={_folder} -c fsync=off -c max_connections=300 -c shared_buffers=64MB", "start");
    }

    /// <summary>The connection string of a new, empty database; skips the test where PostgreSQL is missing.</summary>
    public static string NewDatabase(string? template = null)
    {
        PostgresServer server = Shared.Value;
        if (server._binaries is null)
            Assert.Skip("PostgreSQL is not installed (./emend test installs it on Debian and Ubuntu)");
        string name = $"test{Interlocked.Increment(ref server._databases)}";
        Execute($"CREATE DATABASE {name}{(template is null ? "" : $" TEMPLATE {template}")}");
        return server.Connection(name);
    }

    public static void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(Shared.Value.Connection("postgres") + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public static void Stop()
    {
        if (Shared.IsValueCreated)
            Shared.Value.Dispose();
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        if (!Directory.Exists(_folder))
            return;
        if (_binaries is not null)
            AsOther("pg_ctl", "-D", Path.Combine(_folder, "data"), "-m", "immediate", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private string Connection(string database) => $"Host={_folder};Username=emend;Database={database};Maximum Pool Size=60";

    private void AsOther(string program, params string[] arguments)
    {
        string path = Path.Combine(_binaries!, program);
        if (Environment.IsPrivilegedProcess)
            Run("setpriv", [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", path, .. arguments]);
        else
            Run(path, arguments);
    }

    // Output goes nowhere: the server that pg_ctl leaves behind would hold a pipe open.
    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments]) { WorkingDirectory = "/tmp" };
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}");
    }

    private static string? FindBinaries() =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : [])
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
}
