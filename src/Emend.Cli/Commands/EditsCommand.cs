using System.CommandLine;

namespace Emend.Cli.Commands;

/// <summary>emend edits: looks at human edits before anything is trained from them.</summary>
internal static class EditsCommand
{
    public static Command Create() => new("edits", "Look at human edits: what changed, unit by unit, and how much.")
    {
        EditsLabelCommand.Create(),
        EditsStatsCommand.Create(),
    };
}
