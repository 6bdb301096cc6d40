// Formats: docs/formats/edits.md, and docs/formats/studio-api.md, "Export".
using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Feedback;
using Emend.Text;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Data sets that a project's answers give, as training reads them.</summary>
public enum Dataset
{
    /// <summary>Everything, as it is stored.</summary>
    Answers,

    /// <summary>Edit rows: for token rewards, and for sequence rewards from edits.</summary>
    Edits,

    /// <summary>Chosen and rejected, from the choice before the edit.</summary>
    Preferences,

    Rankings,
    Ratings,
    Demonstrations,
    Spans,

    /// <summary>Corrected transcripts of images and sounds, as edit rows.</summary>
    Transcripts,

    /// <summary>One row an item: the share of people for each choice, and for each token the share who changed it; simulated annotators' apart.</summary>
    Soft,
}

/// <summary>Writes a project's answers as JSON Lines, row by row from one query: the rows of one moment, in constant memory.</summary>
public sealed class Exports(Database database, Tokenizers tokenizers)
{
    private const int FlushBytes = 64 << 10;
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The data sets that a task can give.</summary>
    public static IReadOnlyList<Dataset> Of(TaskKind kind) => [.. ByTask(kind), Dataset.Transcripts];

    private static Dataset[] ByTask(TaskKind kind) => kind switch
    {
        TaskKind.Edit => [Dataset.Answers, Dataset.Edits, Dataset.Preferences, Dataset.Soft],
        TaskKind.Ranking => [Dataset.Answers, Dataset.Rankings, Dataset.Soft],
        TaskKind.Rating => [Dataset.Answers, Dataset.Ratings, Dataset.Soft],
        TaskKind.Demonstration => [Dataset.Answers, Dataset.Demonstrations],
        TaskKind.Spans => [Dataset.Answers, Dataset.Spans, Dataset.Soft],
        _ => [Dataset.Answers, Dataset.Edits, Dataset.Demonstrations, Dataset.Soft],
    };

    /// <summary>
    /// The answers that count, in the order in which they came. Training sets have the adjudicator's decision in place of the answers to
    /// an item, where there is one, and no attention items, which ask for a set answer; the raw answers and soft labels stay as they were given.
    /// </summary>
    public async Task Write(long projectId, Dataset dataset, Stream target, CancellationToken cancellation)
    {
        await using StudioContext context = database.Open();
        Project project = await context.Projects.AsNoTracking().SingleAsync(row => row.Id == projectId, cancellation);
        TaskKind kind = project.Kind;
        long? simulated = await SimulatedAnnotators.Find(context);
        if (!Of(kind).Contains(dataset))
            throw RefusedException.Invalid(new FieldProblem("dataset", $"this project's task gives {string.Join(", ", Of(kind)).ToLowerInvariant()}"));
        if (dataset == Dataset.Soft)
        {
            await WriteSoft(context, project, target, cancellation);
            return;
        }
        var rows = (from answer in context.Answers.AsNoTracking()
                    join item in context.Items on answer.ItemId equals item.Id
                    where answer.ProjectId == projectId && answer.IsCurrent && (dataset == Dataset.Answers || !context.AttentionItems.Any(row => row.ItemId == item.Id))
                    orderby answer.Id
                    select new { answer, item.ExternalId, item.Group, item.Content, item.Draw, Decision = context.Resolutions.Where(row => row.ItemId == item.Id && row.IsCurrent).Select(row => row.Content).FirstOrDefault(), Judgement = context.Judgements.Where(row => row.AssignmentId == answer.AssignmentId).Select(row => row.Content).FirstOrDefault() }).AsAsyncEnumerable();
        var buffer = new ArrayBufferWriter<byte>();
        var written = new HashSet<long>();       // items that were decided: few
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            bool decided = dataset != Dataset.Answers && row.Decision is not null;
            if (decided && !written.Add(row.answer.ItemId))
                continue;
            var source = new Source(row.answer, row.ExternalId, row.Group, StoreJson.Read<ItemContent>(row.Content), StoreJson.Read<Answer>(decided ? row.Decision! : row.answer.Content), row.Judgement is null ? null : StoreJson.Read<PriorJudgement>(row.Judgement), row.Draw, decided, row.answer.AccountId == simulated);
            WriteRow(buffer, dataset, source);
            if (buffer.WrittenCount < FlushBytes)
                continue;
            await target.WriteAsync(buffer.WrittenMemory, cancellation);
            buffer.ResetWrittenCount();
        }
        await target.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    private async Task WriteSoft(StudioContext context, Project project, Stream target, CancellationToken cancellation)
    {
        AnswerRules rules = tokenizers.RulesOf(project);
        var buffer = new ArrayBufferWriter<byte>();
        SourcedAnswers all = await SourcedAnswers.Of(context, project.Id, AnswerSource.All);
        await foreach (JudgedItem item in JudgedItems.Stream(context, all).WithCancellation(cancellation))
        {
            SoftItem Soft(bool simulated) => SoftLabels.Of(project.Kind, item.Content, [.. item.Answers.Where(row => (all.Of(row.AccountId) is not null) == simulated).Select(row => row.Answer)], rules.Tokenizer);
            SoftItem people = Soft(simulated: false), programs = Soft(simulated: true);
            Append(buffer, new
            {
                Id = item.ExternalId,
                item.Group,
                Prompt = item.Content.ModelPrompt(),
                Responses = item.Content.Responses.Select(response => response.Text),
                people.People,
                offset_unit = "utf-16",
                people.Choices,
                people.Outcomes,
                people.Texts,
                people.Ratings,
                people.Ranks,
                Simulated = programs.People == 0 ? null : new { Answers = programs.People, programs.Choices, programs.Outcomes, programs.Texts, programs.Ratings, programs.Ranks },
            });
            if (buffer.WrittenCount < FlushBytes)
                continue;
            await target.WriteAsync(buffer.WrittenMemory, cancellation);
            buffer.ResetWrittenCount();
        }
        await target.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    private static void WriteRow(ArrayBufferWriter<byte> buffer, Dataset dataset, Source source)
    {
        switch (dataset)
        {
            case Dataset.Edits:
                if (EditOf(source) is EditRow row)
                    EditRows.WriteLine(buffer, row);
                break;
            case Dataset.Preferences:
                foreach ((int better, int worse) in PreferencesOf(source))
                {
                    Line(buffer, source, $"{source.Id}:{better}>{worse}", new
                    {
                        Chosen = source.Item.Responses[better].Text,
                        Rejected = source.Item.Responses[worse].Text,
                        Margin = source.Answer.Edit!.Strength,
                    });
                }
                break;
            case Dataset.Rankings:
                Line(buffer, source, source.Id, new { Responses = source.Item.Responses.Select(response => response.Text), source.Answer.Ranking!.Ranks });
                break;
            case Dataset.Ratings:
                foreach (var rated in source.Answer.Rating!.Ratings.GroupBy(rating => rating.Response))
                    Line(buffer, source, $"{source.Id}:{rated.Key}", new { Response = source.Item.Responses[rated.Key].Text, Ratings = rated.ToDictionary(rating => rating.Scale, rating => rating.Value) });
                break;
            case Dataset.Demonstrations:
                if (CompletionOf(source) is string completion)
                    Line(buffer, source, source.Id, new { Completion = completion });
                break;
            case Dataset.Transcripts:
                foreach (TranscriptEdit edit in source.Answer.Transcripts ?? [])
                    EditRows.WriteLine(buffer, TranscriptOf(source, edit));
                break;
            case Dataset.Spans:
                Line(buffer, source, source.Id, new { Response = source.Item.Responses[source.Answer.Spans!.Response].Text, offset_unit = "utf-16", source.Answer.Spans.Spans });
                break;
            default:
                Append(buffer, new
                {
                    source.Id,
                    Item = source.ExternalId,
                    source.Group,
                    Annotator = source.Annotator,
                    source.Row.Revision,
                    source.Row.IsExtra,
                    Guideline = source.Row.GuidelineNumber,
                    source.Row.CreatedAt,
                    source.Row.ItemHash,
                    source.Row.EditRate,
                    source.Row.Hunks,
                    source.Answer,
                    source.Judgement,
                    source.Drawn,
                    Source = source.Origin,
                });
                break;
        }
    }

    // An item that was fine as it is stays in: the same schema, with nothing changed.
    private static EditRow? EditOf(Source source)
    {
        var (original, outcome, edited, reasons, flags) = (source.Answer.Edit, source.Answer.Turn) switch
        {
            ({ Target: int target } edit, _) => (source.Item.Responses[target].Text, edit.Outcome, edit.Edited, edit.Reasons, edit.Flags),
            ({ Choice: Choice.Single } edit, _) => (source.Item.Responses[0].Text, edit.Outcome, edit.Edited, edit.Reasons, edit.Flags),
            (_, TurnAnswer turn) => (source.Item.Turns![turn.Turn].Content, turn.Outcome, turn.Edited, turn.Reasons, []),
            _ => (null, default, null, [], []),
        };
        if (original is null || outcome == EditOutcome.NoEditHelps)
            return null;
        return new EditRow(source.Id, source.Group, source.Prompt, original, edited ?? original)
        {
            Spans = [.. reasons.Select(reason => new LabelledSpan(new TextSpan(reason.Start, reason.End), reason.Reason, null)), .. flags.Select(flag => new LabelledSpan(new TextSpan(flag.Start, flag.End), flag.Label, null))],
            Extra = new RowExtras(Extras([("item", source.ExternalId), ("annotator", source.Annotator), ("outcome", outcome), .. source.Answer.Advice is AdviceRecord advice ? [("advice", (object)advice)] : Array.Empty<(string, object)>(), .. source.Drawn is Draw drawn ? [("drawn", (object)drawn)] : Array.Empty<(string, object)>(), .. source.Origin is string origin ? [("source", (object)origin)] : Array.Empty<(string, object)>()]), 0),
        };
    }

    private static EditRow TranscriptOf(Source source, TranscriptEdit edit)
    {
        MediaRef file = source.Item.AllMedia().First(each => each.Sha256 == edit.Sha256);
        return new EditRow($"{source.Id}:{edit.Sha256}", source.Group, "", file.Transcript ?? "", edit.Edited)
        {
            Spans = [.. edit.Reasons.Select(reason => new LabelledSpan(new TextSpan(reason.Start, reason.End), reason.Reason, null))],
            Extra = new RowExtras(Extras([("media", file.Sha256), ("type", file.Type!), ("alt", file.Alt), ("item", source.ExternalId), ("annotator", source.Annotator), .. source.Origin is string origin ? [("source", (object)origin)] : Array.Empty<(string, object)>()]), 0),
        };
    }

    private static IEnumerable<(int Better, int Worse)> PreferencesOf(Source source) => source.Answer.Edit is { Choice: Choice.Prefer, Preferred: int better }
        ? Enumerable.Range(0, source.Item.Responses.Count).Where(index => index != better).Select(worse => (better, worse))
        : [];

    private static string? CompletionOf(Source source) => source.Answer.Demonstration?.Text
        ?? (source.Answer.Turn is TurnAnswer turn && turn.Outcome != EditOutcome.NoEditHelps ? turn.Edited ?? source.Item.Turns![turn.Turn].Content : null);

    /// <summary>What every data set's rows begin with, and then its own fields.</summary>
    private static void Line(ArrayBufferWriter<byte> buffer, Source source, string id, object fields)
    {
        using (var writer = new Utf8JsonWriter(buffer, Json))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("group", source.Group);
            writer.WriteString("prompt", source.Prompt);
            foreach (JsonProperty field in JsonSerializer.SerializeToElement(fields, StoreJson.Options).EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null))
                field.WriteTo(writer);
            writer.WriteString("item", source.ExternalId);
            writer.WriteString("annotator", source.Annotator);
            if (source.Origin is string origin)
                writer.WriteString("source", origin);
            if (source.Drawn is Draw drawn)
                writer.WriteString("drawn", JsonNamingPolicy.CamelCase.ConvertName(drawn.ToString()));
            writer.WriteEndObject();
        }
        buffer.Write("\n"u8);
    }

    private static void Append(ArrayBufferWriter<byte> buffer, object row)
    {
        using (var writer = new Utf8JsonWriter(buffer, Json))
            JsonSerializer.Serialize(writer, row, StoreJson.Options);
        buffer.Write("\n"u8);
    }

    private static ImmutableArray<KeyValuePair<string, JsonElement>> Extras(params (string Name, object Value)[] fields) =>
        [.. fields.Select(field => KeyValuePair.Create(field.Name, JsonSerializer.SerializeToElement(field.Value, StoreJson.Options)))];

    private sealed record Source(StoredAnswer Row, string ExternalId, string Group, ItemContent Item, Answer Answer, PriorJudgement? Judgement, Draw? Drawn, bool IsDecision, bool IsSimulated)
    {
        /// <summary>Where it came from, of what no person said; null: a person.</summary>
        public string? Origin => IsSimulated && !IsDecision ? SimulatedAnnotators.Source : null;

        /// <summary>Unique in the project: the item, and who answered it.</summary>
        public string Id => IsDecision ? $"{ExternalId}:{Annotator}" : $"{ExternalId}:{Row.AccountId}";

        /// <summary>No name: who the number is, the project's managers know.</summary>
        public string Annotator => IsDecision ? "adjudicated" : Store.Annotator.Pseudonym(Row.AccountId);

        public string Prompt => Answer.Turn is TurnAnswer turn ? Item.TranscriptBefore(turn.Turn) : Item.ModelPrompt();
    }
}
