// A line for each answer, behind the others: {"key", "endpoint", "model", "answer": {…}}. Nothing in it is ever changed.
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Text;

namespace Emend.Judging;

/// <summary>Answers on disk by the key of their question, for any number of models. Failures are never among them.</summary>
public sealed class AnswerCache : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly Dictionary<string, ChatAnswer> _answers;
    private readonly Lock _lock = new();
    private readonly AppendedLines? _file;

    private AnswerCache(Dictionary<string, ChatAnswer> answers, AppendedLines? file) => (_answers, _file) = (answers, file);

    /// <summary>Reads what is there and holds the file for itself.</summary>
    /// <param name="path">Null for a cache that lasts as long as the process.</param>
    /// <exception cref="InvalidInputException">Another process has the file, or a line of it is no answer.</exception>
    public static AnswerCache Open(string? path)
    {
        var answers = new Dictionary<string, ChatAnswer>();
        int number = 0;
        return new AnswerCache(answers, path is null ? null : AppendedLines.Open(path, "--cache", ["{\"key\":\""], bytes =>
        {
            number++;
            try
            {
                Line line = JsonSerializer.Deserialize<Line>(bytes, Json)!;
                answers[line.Key] = line.Answer;
            }
            catch (JsonException)
            {
                throw new InvalidInputException($"{path}:{number}: is not an answer of this cache; take the line out, or give another --cache");
            }
        }));
    }

    internal ChatAnswer? Find(string key)
    {
        lock (_lock)
            return _answers.GetValueOrDefault(key);
    }

    internal void Add(string key, string endpoint, string model, ChatAnswer answer)
    {
        lock (_lock)
        {
            if (_answers.TryAdd(key, answer))
                _file?.Add(JsonSerializer.SerializeToUtf8Bytes(new Line(key, endpoint, model, answer), Json));
        }
    }

    public void Dispose() => _file?.Dispose();

    private sealed record Line(string Key, string Endpoint, string Model, ChatAnswer Answer);
}
