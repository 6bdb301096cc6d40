using System.CommandLine;

namespace Emend.Cli.Commands;

/// <summary>emend doctor: what the engine found on this machine, and what to do about what is missing.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Say what this machine offers to the engine, and what to do about what is missing.");
        command.SetAction(call =>
        {
            Machine machine = Machine.Inspect();
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(machine);
            else
                Print(machine);
            return machine.Libtorch is null ? 1 : 0;
        });
        return command;
    }

    private static void Print(Machine machine)
    {
        (string Name, string Value)[] rows =
        [
            (".NET", machine.Dotnet),
            ("libtorch", machine.Libtorch is { } libtorch ? $"{libtorch.Version} in {libtorch.Folder}, {(libtorch.Cuda ? "with CUDA" : "CPU only")}" : $"not loaded: {machine.Problem}"),
            ("native library", machine.NativeLibrary ?? "not built"),
            ("threads", $"{machine.Threads} on {machine.Cpu.Cores} cores, waiting policy {machine.WaitPolicy}"),
            ("BLAS core type", machine.BlasCoreType),
            ("allocator", machine.Allocator),
            ("CPU", $"AVX2 {Yes(machine.Cpu.Avx2)}, AVX-512 {Yes(machine.Cpu.Avx512)}, AVX-512 bf16 {Yes(machine.Cpu.Avx512Bf16)}, AMX bf16 {Yes(machine.Cpu.AmxBf16)}"),
            ("GPU", machine.Gpus.Length > 0 ? string.Join(", ", machine.Gpus) : "none"),
            ("data for tests", machine.DataFolder ?? "none (set EMEND_SHARED_DATA)"),
        ];
        foreach ((string name, string value) in rows)
            Console.WriteLine($"{name,-15} {value}");
        Console.WriteLine(machine.Advice.Length == 0 ? "\nNothing is missing." : "\nWhat to do:");
        foreach (string advice in machine.Advice)
            Console.WriteLine($"  - {advice}");
    }

    private static string Yes(bool value) => value ? "yes" : "no";
}
