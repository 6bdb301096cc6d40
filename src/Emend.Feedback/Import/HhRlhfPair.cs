// HH-RLHF keeps two whole dialogues that should differ in the last assistant turn only.
// The prompt is what they share, cut at a place where an assistant turn begins; prompt and response together are the dialogue, to the
// character, so the prompt ends with "Assistant:" and a response begins with its blank.
// Where they part earlier, the rule is the same: the prompt ends at the last assistant turn that begins before they part, and the
// responses are the rest, later turns included (Preference.PartsEarly). Nothing is dropped: a pair that shares no turn is a problem.
using System.Collections.Immutable;

namespace Emend.Feedback;

internal static class HhRlhfPair
{
    private const string Human = "\n\nHuman:";
    private const string Assistant = "\n\nAssistant:";

    public static Preference? Row(RowReader reader)
    {
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string? chosen = Dialogue(reader, "chosen"), rejected = Dialogue(reader, "rejected");
        if (chosen is null || rejected is null)
            return null;

        int common = chosen.AsSpan().CommonPrefixLength(rejected);
        int last = LastTurn(chosen, chosen.Length), lastRejected = LastTurn(rejected, rejected.Length);
        int cut = last == lastRejected && last <= common ? last : LastTurn(chosen, Math.Min(common, Math.Min(last, lastRejected)));
        if (cut < 0)
        {
            reader.Problem("rejected", "parts from chosen before the first assistant turn; two dialogues that begin alike are expected");
            return null;
        }
        var prompt = new Prompt(chosen[..cut]) { Turns = Turns(chosen[..cut]) };
        string group = prompt.Turns[0].Content;
        return new Preference(id, group, prompt, new Response(chosen[cut..]), new Response(rejected[cut..]))
        {
            PartsEarly = cut != last || cut != lastRejected,
        };
    }

    private static string? Dialogue(RowReader reader, string field)
    {
        if (reader.Text(field) is not string text)
            return null;
        string? problem = !text.StartsWith(Human, StringComparison.Ordinal) ? @"does not begin with ""\n\nHuman:"""
            : LastTurn(text, text.Length) < text.LastIndexOf(Human, StringComparison.Ordinal) ? "ends with a Human turn; an Assistant turn is expected"
            : null;
        if (problem is null)
            return text;
        reader.Problem(field, problem);
        return null;
    }

    /// <summary>The place behind the last "\n\nAssistant:" that ends at or before `before`, or -1.</summary>
    private static int LastTurn(string dialogue, int before)
    {
        int at = dialogue.AsSpan(0, before).LastIndexOf(Assistant);
        return at < 0 ? -1 : at + Assistant.Length;
    }

    /// <summary>The turns of a transcript that ends with an open assistant turn, which is left out.</summary>
    private static ImmutableArray<Turn> Turns(string transcript)
    {
        var turns = ImmutableArray.CreateBuilder<Turn>();
        int at = 0;
        while (at < transcript.Length)
        {
            string marker = transcript.AsSpan(at).StartsWith(Human) ? Human : Assistant;
            int start = at + marker.Length;
            int end = Next(transcript, start);
            if (start < transcript.Length)
                turns.Add(new Turn(marker == Human ? "user" : "assistant", transcript[start..end].Trim(' ')));
            at = end;
        }
        return turns.ToImmutable();
    }

    private static int Next(string transcript, int from)
    {
        int human = transcript.IndexOf(Human, from, StringComparison.Ordinal);
        int assistant = transcript.IndexOf(Assistant, from, StringComparison.Ordinal);
        return Math.Min(human < 0 ? transcript.Length : human, assistant < 0 ? transcript.Length : assistant);
    }
}
