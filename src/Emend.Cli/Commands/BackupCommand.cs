using System.CommandLine;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend backup and emend restore: the studio's whole store as one file. Format: docs/formats/backup.md.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "File to write; one that is there is replaced when the new one is whole." };
        var place = new DatabaseChoice();
        var command = new Command("backup", "Write the studio's whole store into one file, also while people work in it.") { file };
        place.AddTo(command);
        command.SetAction(async (call, _) =>
        {
            using Database database = place.OpenExisting(call);
            Say(call, "written", await Backup.Write(database, call.GetValue(file)!, DateTime.UtcNow));
        });
        return command;
    }

    public static Command CreateRestore()
    {
        var file = new Argument<string>("FILE") { Description = "A file that emend backup wrote, on either engine." };
        var place = new DatabaseChoice();
        var command = new Command("restore", "Fill an empty store from a backup, then check it.") { file };
        place.AddTo(command);
        command.SetAction(async (call, _) =>
        {
            string backup = call.GetValue(file)!, store = place.Place(call);
            InvalidInputException.ThrowIfNoFile(backup, "a backup made by emend backup");
            using var made = MadeStore.At(store);
            using Database database = Database.At(store);
            BackupReport report = await Backup.Restore(database, backup);
            made.Keep();
            VerificationReport verified = await Verification.Run(database);
            foreach (string fault in verified.Faults)
                Console.Error.WriteLine($"emend: {fault}");
            Say(call, "restored", report);
            return verified.Faults.Count == 0 ? 0 : 1;
        });
        return command;
    }

    /// <summary>A store of this call's own making, which goes again, with its folders, where nothing is restored into it.</summary>
    private sealed class MadeStore(string? file, MadeFolders? folders) : IDisposable
    {
        private bool _isKept = file is null;

        public static MadeStore At(string place) => Database.IsFile(place) && !File.Exists(place) ? new(Path.GetFullPath(place), MadeFolders.Above(place)) : new(null, null);

        public void Keep() => _isKept = true;

        public void Dispose()
        {
            if (_isKept)
                return;
            foreach (string part in (string[])["", "-wal", "-shm"])
                File.Delete(file + part);
            folders!.RemoveEmpty();
        }
    }

    private static void Say(ParseResult call, string done, BackupReport report)
    {
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(report);
        else
            Console.WriteLine($"{report.Rows} rows of {report.Tables} tables {done}");
    }
}
