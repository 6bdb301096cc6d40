// Format: docs/formats/serving.md, "Experiments".
using System.Buffers;
using System.Text.Json;
using Emend.Text;

namespace Emend.Serving;

/// <summary>A file that says, line by line, which user met which variant. It only grows, and holds one split of one experiment: another one is another test.</summary>
internal sealed class AssignmentLog : IDisposable
{
    private static readonly string[] s_openings = ["{\"split\":\"", "{\"at\":\""];

    private readonly AppendedLines _lines;

    private AssignmentLog(AppendedLines lines) => _lines = lines;

    /// <summary>Opens the file for itself, though others may read it, and writes what is split how, where that is not there yet.</summary>
    /// <param name="fingerprints">By name of the variant.</param>
    /// <exception cref="InvalidInputException">The file cannot be written, another server writes it, it is another kind of file, or holds another split.</exception>
    public static AssignmentLog Open(string path, Experiment experiment, IReadOnlyDictionary<string, string> fingerprints)
    {
        byte[] split = Written(json => Define(json, experiment, fingerprints));
        int number = 0;
        AppendedLines lines = AppendedLines.OpenReadable(path, "--assignments", s_openings, line =>
        {
            number++;
            string text = System.Text.Encoding.UTF8.GetString(line);
            if (!s_openings.Any(opening => text.StartsWith(opening, StringComparison.Ordinal)))
                throw new InvalidInputException($"--assignments {path}: line {number} is none of an experiment's; another file is expected");
            if ((number == 1 || text.StartsWith(s_openings[0], StringComparison.Ordinal)) && !line.AsSpan().SequenceEqual(split))
                throw new InvalidInputException($"--assignments {path}: line {number} is not the split of experiment \"{experiment.Name}\" with these variants, shares and models; a file holds one test, so give another file");
        });
        if (number == 0)
            lines.Add(split);
        return new AssignmentLog(lines);
    }

    /// <summary>On disk, as far as the operating system lives, when it returns.</summary>
    public void Add(string experiment, string variant, string user, string request) => _lines.Add(Written(json =>
    {
        json.WriteString("at", DateTime.UtcNow);
        json.WriteString("experiment", experiment);
        json.WriteString("variant", variant);
        json.WriteString("user", user);
        json.WriteString("request", request);
    }));

    public void Dispose() => _lines.Dispose();

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

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonAnswer.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
