using System.Diagnostics;
using System.Text.Json;
using Emend.Benchmarks.Workloads;
using Emend.Tensors;
using Emend.Training;

namespace Emend.Benchmarks;

/// <summary>
/// Runs a named workload once per line: {"workload": "sft", "mode": "bfloat16"} in, {"seconds": …, "processor": …, "check": …} out,
/// with the processor seconds of all threads. Between requests the process only waits for input, so that the other side has the machine to itself.
/// </summary>
internal static class Server
{
    private static readonly Dictionary<string, Func<DType, Func<double>>> s_workloads = new()
    {
        ["sft"] = compute => new SftWorkload(compute).Run,
        ["generate-1"] = compute => new GenerationWorkload(compute, rows: 1).Run,
        ["generate-16"] = compute => new GenerationWorkload(compute, rows: 16).Run,
        ["generate-64"] = compute => new GenerationWorkload(compute, rows: 64).Run,
        ["ppo"] = compute => new PpoWorkload(compute, ValueModel.SharedTrunk).Run,
        ["ppo-critic"] = compute => new PpoWorkload(compute, ValueModel.Separate).Run,
    };

    public static void Run(TextReader input, TextWriter output)
    {
        var ready = new Dictionary<Request, Func<double>>();
        while (input.ReadLine() is { } line)
        {
            Request request = JsonSerializer.Deserialize<Request>(line, JsonSerializerOptions.Web)!;
            if (!ready.TryGetValue(request, out Func<double>? run))
            {
                DType compute = request.Mode == "float32" ? DType.Float32 : DType.BFloat16;
                ready[request] = run = s_workloads[request.Workload](compute);
            }
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            double check = run();
            var answer = new Answer(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds, check);
            output.WriteLine(JsonSerializer.Serialize(answer, JsonSerializerOptions.Web));
            output.Flush();
        }
    }

    private sealed record Request(string Workload, string Mode);

    private sealed record Answer(double Seconds, double Processor, double Check);
}
