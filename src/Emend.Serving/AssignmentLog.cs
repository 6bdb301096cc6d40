// Format: docs/formats/serving.md, "Experiments".
using System.Buffers;
using System.Text.Json;
using Emend.Text;

namespace Emend.Serving;

/// <summary>A file that says, line by line, which user met which variant. It only grows, and holds one split of an experiment: another one is another test.</summary>
internal sealed class AssignmentLog : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    private AssignmentLog(FileStream file) => _file = file;

    /// <summary>Opens the file, cuts off half a line that a killed server left, and writes what is split how, where that is not there yet.</summary>
    /// <param name="fingerprints">By name of the variant.</param>
    /// <exception cref="InvalidInputException">The file cannot be written, is another kind of file, or holds another split of this experiment.</exception>
    public static AssignmentLog Open(string path, Experiment experiment, IReadOnlyDictionary<string, string> fingerprints)
    {
        string split = Written(json => Define(json, experiment, fingerprints));
        FileStream file;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"--assignments {path}: {problem.Message}");
        }
        try
        {
            bool known = Look(file, path, experiment.Name, split);
            var log = new AssignmentLog(file);
            if (!known)
                log.Append(split);
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>On disk, as far as the operating system lives, when it returns.</summary>
    public void Add(string experiment, string variant, string user, string request) => Append(Written(json =>
    {
        json.WriteString("at", DateTime.UtcNow);
        json.WriteString("experiment", experiment);
        json.WriteString("variant", variant);
        json.WriteString("user", user);
        json.WriteString("request", request);
    }));

    public void Dispose() => _file.Dispose();

    // Whether the split is there already. Line by line: a log of months is read at every start.
    private static bool Look(FileStream file, string path, string experiment, string split)
    {
        file.SetLength(Whole(file));
        bool known = false;
        int number = 0;
        using (var reader = new StreamReader(file, new System.Text.UTF8Encoding(false), false, 1 << 16, leaveOpen: true))
        {
            while (reader.ReadLine() is string line)
            {
                number++;
                if (!line.StartsWith("{\"split\":", StringComparison.Ordinal) && !line.StartsWith("{\"at\":", StringComparison.Ordinal))
                    throw new InvalidInputException($"--assignments {path}: line {number} is none of an experiment's; another file is expected");
                if (line.StartsWith($"{{\"split\":\"{experiment}\",", StringComparison.Ordinal) && line != split)
                    throw new InvalidInputException($"--assignments {path}: line {number} holds experiment \"{experiment}\" with other variants, shares or models; another name or another file begins a new test");
                known |= line == split;
            }
        }
        file.Position = file.Length;
        return known;
    }

    // Bytes up to the last line end: what stands behind it is half a line. A file without any line end is looked at as it is.
    private static long Whole(FileStream file)
    {
        for (long at = file.Length; at > 0; at--)
        {
            file.Position = at - 1;
            if (file.ReadByte() == '\n')
            {
                file.Position = 0;
                return at;
            }
        }
        file.Position = 0;
        return file.Length;
    }

    private static void Define(Utf8JsonWriter json, Experiment experiment, IReadOnlyDictionary<string, string> fingerprints)
    {
        json.WriteString("split", experiment.Name);
        json.WriteStartArray("variants");
        foreach (Variant variant in experiment.Variants)
        {
            json.WriteStartObject();
            json.WriteString("name", variant.Name);
            json.WriteNumber("share", experiment.ShareOf(variant));
            json.WriteString("fingerprint", fingerprints[variant.Name]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonAnswer.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Append(string line)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(line + "\n");
        lock (_lock)
        {
            _file.Write(bytes);
            _file.Flush();
        }
    }
}
