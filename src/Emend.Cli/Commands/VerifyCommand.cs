using System.CommandLine;
using Emend.Store;

namespace Emend.Cli.Commands;

/// <summary>emend verify: whether the studio's data is what its own rules say.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var place = new DatabaseChoice();
        var command = new Command("verify", "Check the studio's audit chain, what people and models said against it, and the places of items.");
        place.AddTo(command);
        command.SetAction(async (call, _) =>
        {
            using Database database = place.OpenExisting(call);
            VerificationReport report = await Verification.Run(database);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(report);
            else
                Print(report);
            return report.Faults.Count == 0 ? 0 : 1;
        });
        return command;
    }

    private static void Print(VerificationReport report)
    {
        foreach (string fault in report.Faults)
            Console.WriteLine(fault);
        Console.WriteLine($"{report.AuditEntries} audit entries, {report.Answers} answers, {report.Items} items: {(report.Faults.Count == 0 ? "all is well" : $"{report.Faults.Count} faults")}");
    }
}
