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

    private readonly Dictionary<string, List<ChatAnswer>> _answers;
    private readonly Lock _lock = new();
    private readonly AppendedLines? _file;

    private AnswerCache(Dictionary<string, List<ChatAnswer>> answers, AppendedLines? file) => (_answers, _file) = (answers, file);

    /// <summary>Reads what is there and holds the file for itself.</summary>
    /// <param name="path">Null for a cache that lasts as long as the process.</param>
    /// <exception cref="InvalidInputException">Another process has the file, or a line of it is no answer.</exception>
    public static AnswerCache Open(string? path)
    {
        var answers = new Dictionary<string, List<ChatAnswer>>();
        int number = 0;
        return new AnswerCache(answers, path is null ? null : AppendedLines.Open(path, "--cache", ["{\"key\":\""], bytes =>
        {
            number++;
            try
            {
                Line line = JsonSerializer.Deserialize<Line>(bytes, Json)!;
                Of(answers, line.Key).Add(line.Answer);
            }
            catch (JsonException)
            {
                throw new InvalidInputException($"{path}:{number}: is not an answer of this cache; take the line out, or give another --cache");
            }
        }));
    }

    /// <summary>The newest answer to a question.</summary>
    /// <param name="fingerprint">Of the model whose answer it must be; null: whichever there is.</param>
    internal ChatAnswer? Find(string key, string? fingerprint)
    {
        lock (_lock)
            return _answers.GetValueOrDefault(key)?.FindLast(answer => fingerprint is null || answer.Fingerprint == fingerprint);
    }

    /// <summary>Whether a model has answered the question, be it one that is no longer there.</summary>
    internal bool Has(string key)
    {
        lock (_lock)
            return _answers.ContainsKey(key);
    }

    internal void Add(string key, string endpoint, string model, ChatAnswer answer)
    {
        lock (_lock)
        {
            List<ChatAnswer> known = Of(_answers, key);
            if (known.Exists(one => one.Fingerprint == answer.Fingerprint))
                return;
            known.Add(answer);
            _file?.Add(JsonSerializer.SerializeToUtf8Bytes(new Line(key, endpoint, model, answer), Json));
        }
    }

    public void Dispose() => _file?.Dispose();

    private static List<ChatAnswer> Of(Dictionary<string, List<ChatAnswer>> answers, string key) => answers.TryGetValue(key, out List<ChatAnswer>? known) ? known : answers[key] = [];

    private sealed record Line(string Key, string Endpoint, string Model, ChatAnswer Answer);
}
