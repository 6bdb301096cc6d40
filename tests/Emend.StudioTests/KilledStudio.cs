using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Emend.StudioTests;

/// <summary>The studio as a process of its own, which SIGKILL ends in the middle of whatever it does.</summary>
internal sealed class KilledStudio : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);     // only a studio that nobody can work with takes so long
    private readonly string _place;
    private Process _process;

    private KilledStudio(string place, Uri address, Process process) => (_place, Address, _process) = (place, address, process);

    public Uri Address { get; }

    public static async Task<KilledStudio> Start(string place)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        return new KilledStudio(place, address, await Launch(place, address));
    }

    /// <summary>Kills it so often, each time at a random moment after five more pieces of work were done, and starts it again.</summary>
    public async Task KillOften(int kills, Func<int> done)
    {
        var random = new Random(1);
        for (int kill = 0; kill < kills; kill++)
        {
            int before = done();
            var waited = Stopwatch.StartNew();
            while (done() < before + 5)
            {
                Assert.True(waited.Elapsed < Patience, $"after kill {kill} nobody could work: {done() - before} answers in {Patience.TotalMinutes} minutes");
                await Task.Delay(50);
            }
            await Task.Delay(random.Next(0, 300));
            await Kill();
            _process = await Launch(_place, Address);
        }
    }

    public async ValueTask DisposeAsync() => await Kill();

    private async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<Process> Launch(string place, Uri address)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "emend.dll"), "studio", "--json", "--url", address.ToString(), "--database", place]) { RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync() is not null)
            return process;
        await process.WaitForExitAsync();
        throw new InvalidOperationException($"the studio did not start: exit code {process.ExitCode}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
