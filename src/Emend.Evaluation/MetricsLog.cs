using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Text;

namespace Emend.Evaluation;

/// <summary>What one step of a run measured. Format: docs/formats/study-result.md.</summary>
/// <param name="Stage">Which training or evaluation wrote it: sft, reward, ppo, evaluation, …</param>
/// <param name="Arm">The study's arm; empty for what all arms share.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Step">Optimizer step or update, counted from 1; of an evaluation, the updates before it. Rising within a stage.</param>
/// <param name="Values">By name, as reward, kl/token, length; not a number where the step had none.</param>
public sealed record MetricsLine(string Stage, string Arm, int Seed, int Step, IReadOnlyDictionary<string, double> Values);

/// <summary>The file metrics.jsonl: one line per step, complete on disk when <see cref="Write(MetricsLine)"/> returns, so that a run that was killed loses no step and can go on with the same file.</summary>
public sealed class MetricsLog : IDisposable
{
    private static readonly string[] Reserved = ["stage", "arm", "seed", "step"];
    private readonly Lock gate = new();
    private FileStream file;

    private MetricsLog(FileStream file) => this.file = file;

    /// <summary>Opens the log to append, making it where it is missing. A last line that was cut off by a crash is removed.</summary>
    public static MetricsLog Open(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null)
            Directory.CreateDirectory(folder);
        return new MetricsLog(AtTheEnd(path));
    }

    private static FileStream AtTheEnd(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.SetLength(EndOfLastWholeLine(file));
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    /// <summary>Appends a step. Safe to call from several threads; lines never mix.</summary>
    public void Write(string stage, string arm, int seed, int step, params ReadOnlySpan<(string Name, double Value)> values)
    {
        var named = new Dictionary<string, double>(values.Length);
        foreach ((string name, double value) in values)
            named.Add(name, value);
        Write(new MetricsLine(stage, arm, seed, step, named));
    }

    /// <summary>Appends a step. Safe to call from several threads; lines never mix.</summary>
    public void Write(MetricsLine line)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("stage", line.Stage);
            json.WriteString("arm", line.Arm);
            json.WriteNumber("seed", line.Seed);
            json.WriteNumber("step", line.Step);
            foreach ((string name, double value) in line.Values)
            {
                if (Reserved.Contains(name))
                    throw new ArgumentException($"a metric cannot be named {name}: the line has a field of that name");
                if (double.IsFinite(value))
                    json.WriteNumber(name, value);
                else
                    json.WriteNull(name); // JSON has no infinity and no NaN
            }
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        lock (gate)
        {
            file.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
            file.Flush();
        }
    }

    /// <summary>Every step of a log, in the order of the file. A half last line is left out; a step that was written again after a resume stands once, with its last values, where it first stood.</summary>
    /// <exception cref="InvalidInputException">The file is missing, or a whole line is not a step.</exception>
    public static IReadOnlyList<MetricsLine> Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: no such file; the metrics.jsonl of a run is needed");
        var lines = new List<MetricsLine>();
        var places = new Dictionary<(string, string, int, int), int>();
        var problems = new List<string>();
        string[] texts = File.ReadAllText(path).Split('\n');
        for (int i = 0; i < texts.Length - 1; i++) // what follows the last line end is empty, or a line that was cut off
        {
            if (string.IsNullOrWhiteSpace(texts[i]))
                continue;
            if (!TryParse(texts[i], out MetricsLine? line, out string problem))
                problems.Add($"{Path.GetFileName(path)}:{i + 1}: {problem}");
            else if (places.TryGetValue((line!.Stage, line.Arm, line.Seed, line.Step), out int place))
                lines[place] = line;
            else
            {
                places.Add((line.Stage, line.Arm, line.Seed, line.Step), lines.Count);
                lines.Add(line);
            }
        }
        return problems.Count == 0 ? lines : throw InvalidInputException.ForProblems(path, problems);
    }

    /// <summary>Drops the steps after one: a run that goes on from a checkpoint writes them again. A crash meanwhile leaves the file as it was.</summary>
    public void KeepUpTo(int step)
    {
        lock (gate)
        {
            file.Seek(0, SeekOrigin.Begin);
            using var reader = new StreamReader(file, leaveOpen: true);
            string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string path = file.Name, kept = string.Concat(lines.Where(line => TryParse(line, out MetricsLine? parsed, out _) && parsed!.Step <= step).Select(line => line + "\n"));
            file.Dispose();
            WholeFile.Write(path, kept);
            file = AtTheEnd(path);
        }
    }

    /// <summary>Closes the file; nothing is pending, since every line was written through.</summary>
    public void Dispose() => file.Dispose();

    private static bool TryParse(string text, out MetricsLine? line, out string problem)
    {
        line = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return Fail($"a {root.ValueKind} stands where an object with stage, arm, seed and step belongs", out problem);
            if (!root.TryGetProperty("stage", out JsonElement stage) || stage.ValueKind != JsonValueKind.String)
                return Fail("stage: a text is needed", out problem);
            if (!root.TryGetProperty("arm", out JsonElement arm) || arm.ValueKind != JsonValueKind.String)
                return Fail("arm: a text is needed, empty for what all arms share", out problem);
            if (!root.TryGetProperty("seed", out JsonElement seed) || seed.ValueKind != JsonValueKind.Number || !seed.TryGetInt32(out int seedNumber))
                return Fail("seed: a whole number is needed", out problem);
            if (!root.TryGetProperty("step", out JsonElement step) || step.ValueKind != JsonValueKind.Number || !step.TryGetInt32(out int stepNumber))
                return Fail("step: a whole number is needed", out problem);

            var values = new Dictionary<string, double>();
            foreach (JsonProperty property in root.EnumerateObject())
            {
                if (Reserved.Contains(property.Name))
                    continue;
                if (property.Value.ValueKind is not (JsonValueKind.Number or JsonValueKind.Null))
                    return Fail($"{property.Name}: {property.Value.GetRawText()} is not a number or null", out problem);
                values[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? double.NaN : property.Value.GetDouble();
            }
            line = new MetricsLine(stage.GetString()!, arm.GetString()!, seedNumber, stepNumber, values);
            problem = "";
            return true;
        }
        catch (JsonException error)
        {
            return Fail($"not JSON: {error.Message}", out problem);
        }
    }

    private static bool Fail(string message, out string problem)
    {
        problem = message;
        return false;
    }

    private static long EndOfLastWholeLine(FileStream file)
    {
        for (long end = file.Length; end > 0; end--)
        {
            file.Seek(end - 1, SeekOrigin.Begin);
            if (file.ReadByte() == '\n')
                return end;
        }
        return 0;
    }
}
