using System.CommandLine;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate: who wins, and how sure that is.</summary>
internal static class EvaluateCommand
{
    public static Command Create() => new("evaluate", "Win rates and how sure they are.")
    {
        EvaluateVerdictsCommand.Create(),
    };
}
