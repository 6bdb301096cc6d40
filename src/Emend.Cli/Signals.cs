using System.Runtime.InteropServices;

namespace Emend.Cli;

/// <summary>Ctrl-C, a termination request and a reader that went away, handled as a command line tool should.</summary>
internal static class Signals
{
    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int InterruptedExitCode = 130;

    private const int BrokenPipe = 13;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly CancellationTokenSource Source = new();
    private static readonly List<PosixSignalRegistration> Registrations = [];
    private static volatile bool someoneListens;

    public static bool Interrupted => Source.IsCancellationRequested;

    /// <summary>For long work: asks it to stop between two steps. A command that never takes this token is ended at once.</summary>
    public static CancellationToken Interruption
    {
        get
        {
            someoneListens = true;
            return Source.Token;
        }
    }

    public static void Install()
    {
        Registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt));
        Registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt));
        // The runtime ignores SIGPIPE and its console then swallows the error: `emend … | head -1` would compute on for nobody.
        if (!OperatingSystem.IsWindows())
            SetSignalHandler(BrokenPipe, 0);
    }

    private static void Interrupt(PosixSignalContext context)
    {
        context.Cancel = true;
        bool second = Interrupted;
        Source.Cancel();
        if (second || !someoneListens)
            ExitNow(InterruptedExitCode);
        Task.Delay(Patience).ContinueWith(_ => ExitNow(InterruptedExitCode));
    }

    // Not Environment.Exit: that runs native destructors while kernels may still be at work in other threads.
    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitNow(int status);

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetSignalHandler(int signal, nint defaultHandler);
}
