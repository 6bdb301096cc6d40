using System.Text.Json;
using System.Text.Json.Serialization;

namespace Emend.Feedback;

/// <summary>An item as it is stored and goes over the wire: the row it was imported from, without its id and the file's traces.</summary>
public sealed record ItemContent(string Prompt, IReadOnlyList<Response> Responses)
{
    public string? Context { get; init; }
    public IReadOnlyList<Turn>? Turns { get; init; }
    public string? ReferenceEdit { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }

    /// <summary>Images and sounds of the prompt; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MediaRef>? Media { get; init; }

    public int NewlinesNormalized { get; init; }

    public static ItemContent Of(FeedbackItem item) => new(item.Prompt, [.. item.Responses])
    {
        Context = item.Context,
        Turns = item.Turns.IsEmpty ? null : [.. item.Turns],
        ReferenceEdit = item.ReferenceEdit,
        Extra = item.Extra.Fields.IsEmpty ? null : new Dictionary<string, JsonElement>(item.Extra.Fields),
        NewlinesNormalized = item.NewlinesNormalized,
        Media = item.Media.IsEmpty ? null : [.. item.Media],
    };

    /// <summary>Images and sounds of the prompt and of all responses.</summary>
    public IEnumerable<MediaRef> AllMedia() => (Media ?? []).Concat(Responses.SelectMany(response => response.Media ?? []));

    /// <summary>The same with what the store knows of each file.</summary>
    public ItemContent WithMedia(Func<MediaRef, MediaRef> known) => this with
    {
        Media = Media is null ? null : [.. Media.Select(known)],
        Responses = [.. Responses.Select(response => response.Media is null ? response : response with { Media = [.. response.Media.Select(known)] })],
    };

    /// <summary>What a model reads before its response: the context, a blank line, and the prompt, or the dialogue as a transcript.</summary>
    public string ModelPrompt() => Turns is null
        ? WithContext(Prompt)
        : TranscriptBefore(Turns.Count);

    /// <summary>The same, up to the turn with this index.</summary>
    public string TranscriptBefore(int turn)
    {
        IEnumerable<Turn> before = (Turns ?? []).Take(turn);
        return WithContext(Feedback.Prompt.FromTurns([.. before, .. turn == Turns?.Count && Prompt != "" ? [new Turn("user", Prompt)] : Array.Empty<Turn>()]).Text);
    }

    private string WithContext(string prompt) => Context is null ? prompt : $"{Context}\n\n{prompt}";
}
