using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Emend.Feedback;

/// <summary>One turn of a conversation; Role is system, user, assistant or tool.</summary>
public readonly record struct Turn(string Role, string Content);

/// <summary>
/// What a response answers. Text is what a model without a chat template reads: the text of a single user turn, and for longer
/// conversations the transcript "\n\nHuman: …\n\nAssistant:". Turns are there where the source had them, for models with a template.
/// </summary>
public sealed record Prompt(string Text)
{
    public ImmutableArray<Turn> Turns { get; init; } = [];

    /// <summary>A prompt from the turns before the response.</summary>
    public static Prompt FromTurns(IReadOnlyList<Turn> turns)
    {
        string text = turns is [{ Role: "user" }]
            ? turns[0].Content
            : string.Concat(turns.Select(turn => $"\n\n{Speaker(turn.Role)}: {turn.Content}")) + "\n\nAssistant:";
        return new Prompt(text) { Turns = [.. turns] };
    }

    public bool Equals(Prompt? other) => other is not null && Text == other.Text && Turns.SequenceEqual(other.Turns);

    public override int GetHashCode() => Text.Length;

    private static string Speaker(string role) => role switch
    {
        "user" => "Human",
        "assistant" => "Assistant",
        "system" => "System",
        _ => "Tool",
    };
}

/// <summary>A text that answers a prompt, and who or what wrote it, where that is known.</summary>
/// <param name="Id">Its number in the store of responses, where it is there with all that made it.</param>
public sealed record Response(string Text, string? Origin = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Id = null)
{
    /// <summary>Images and sounds that belong to it; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MediaRef>? Media { get; init; }
}
