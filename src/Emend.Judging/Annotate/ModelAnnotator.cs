using System.Text.Json;
using Emend.Feedback;

namespace Emend.Judging;

/// <summary>What became of a response at the annotator's hands.</summary>
public enum ProposalOutcome
{
    /// <summary>Edited, inside the band, and preferred by the second judgement.</summary>
    Kept,

    /// <summary>The annotator found nothing wrong.</summary>
    Unchanged,

    /// <summary>The answer was cut off or not in the form asked for.</summary>
    Unreadable,

    /// <summary>The edit goes too far, or the lengths differ too much.</summary>
    OutsideBand,

    /// <summary>The second judgement did not prefer the edit in both orders together, or could not be read.</summary>
    NotPreferred,
}

/// <summary>A response, the edit proposed, and what became of it.</summary>
/// <param name="Edited">Null where none could be read.</param>
/// <param name="Reason">Why it was not kept; "" where it was.</param>
/// <param name="Judgement">The second judgement; null where the edit did not get so far.</param>
public sealed record ProposedEdit(UneditedRow Source, ProposalOutcome Outcome, string Faults, string? Edited, string Reason, PairVerdict? Judgement);

/// <summary>A model that edits responses minimally, and a judge that must prefer each edit before it counts.</summary>
public sealed class ModelAnnotator(ModelEndpoint endpoint, PairJudge judge, EditBand band, int maxTokens, int seed)
{
    /// <exception cref="EndpointException">An endpoint did not answer.</exception>
    public async Task<ProposedEdit> Propose(UneditedRow source, CancellationToken cancellation = default)
    {
        (IReadOnlyList<Text.ChatMessage> messages, string mark) = AnnotatorPrompt.Write(source.Prompt, source.Response, seed);
        ChatAnswer answer = await endpoint.Ask(new ChatCall(messages) { MaxTokens = maxTokens, Seed = seed }, cancellation);
        if (AnnotatorPrompt.Read(answer.Text, mark) is not var (faults, edited))
        {
            string why = answer.Finish == "length" ? $"the answer was cut off after {maxTokens} tokens (--max-new)" : "the answer has no edited text between its two markers";
            return new ProposedEdit(source, ProposalOutcome.Unreadable, "", null, why, null);
        }
        if (edited == source.Response)
            return new ProposedEdit(source, ProposalOutcome.Unchanged, faults, edited, "the annotator changed nothing", null);
        if (band.Outside(source.Response, edited) is { } outside)
            return new ProposedEdit(source, ProposalOutcome.OutsideBand, faults, edited, outside, null);
        PairVerdict verdict = await judge.Judge(new ResponsePair(source.Id, source.Prompt, source.Response, edited), cancellation);
        return verdict.Verdict == "b"
            ? new ProposedEdit(source, ProposalOutcome.Kept, faults, edited, "", verdict)
            : new ProposedEdit(source, ProposalOutcome.NotPreferred, faults, edited, verdict.Vote is null ? "the second judgement could not be read" : "the second judgement does not prefer the edit", verdict);
    }

    /// <summary>An edit that was kept as a row of feedback, marked as a model's.</summary>
    public static EditRow Row(ProposedEdit edit, EndpointOptions endpoint, EndpointOptions judge) => new(edit.Source.Id, edit.Source.Group, edit.Source.Prompt, edit.Source.Response, edit.Edited!)
    {
        Extra = new RowExtras(
        [
            KeyValuePair.Create("source", Json(VerdictRows.Source)),
            KeyValuePair.Create("model", Json(endpoint.Model)),
            KeyValuePair.Create("endpoint", Json(endpoint.Host)),
            KeyValuePair.Create("judge_model", Json(judge.Model)),
            KeyValuePair.Create("judge_endpoint", Json(judge.Host)),
            KeyValuePair.Create("judge_vote", JsonSerializer.SerializeToElement(edit.Judgement!.Vote)),
            KeyValuePair.Create("faults", Json(edit.Faults)),
        ], edit.Source.Line),
        Line = edit.Source.Line,
    };

    private static JsonElement Json(string text) => JsonSerializer.SerializeToElement(text);
}
