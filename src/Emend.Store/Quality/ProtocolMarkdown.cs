using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Feedback;

namespace Emend.Store;

/// <summary>The protocol as Markdown, for a data card.</summary>
public static class ProtocolMarkdown
{
    public static string Of(ProtocolReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# How the feedback of {Inline(report.Project)} came about\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Written {Day(report.CreatedAt)}. Task: {Name(report.Task)}. {report.Answers} answers of people count, to {report.AnsweredItems} of {report.Items} items; ");
        text.Append(CultureInfo.InvariantCulture, $"{report.WantedPerItem} people per item were wanted; origins of responses were {(report.Blind ? "hidden" : "shown")}.\n\n");
        Persons(text, "People", report.People);
        Persons(text, "Simulated annotators: programs and no people, not part of any other figure", report.Simulated);
        Table(text, "Guideline", ["Version", "Since", "Answers", "SHA-256"], report.Guidelines.Select(version => new[]
        {
            version.Number == 0 ? "none" : Number(version.Number), Day(version.CreatedAt), Number(version.Answers), version.Sha256 ?? "–",
        }));
        Table(text, "Agreement", ["Of", "Measure", "Value", "Units", "Judgements"], Measures(report.Agreement).Select(row => new[]
        {
            row.Name, row.Measure, row.Value.Value?.ToString("F3", CultureInfo.InvariantCulture) ?? row.Value.Undefined ?? "–", Number(row.Value.Units), Number(row.Value.Judgements),
        }));
        text.Append("Gold and attention items are not part of this: everybody answers those and is meant to say the same.\n\n");
        if (report.Agreement.Sampled)
            text.Append(CultureInfo.InvariantCulture, $"Computed on a fixed sample of about {Statistics.MostItems} of {report.Agreement.Items} answered items.\n\n");
        if (report.Reviews.Decided > 0)
            text.Append(CultureInfo.InvariantCulture, $"## Blind review\n\n{report.Reviews.Decided} edits were judged blind by somebody else: {report.Reviews.EditBetter} better than the original, {report.Reviews.OriginalBetter} worse, {report.Reviews.NoDifference} no different.\n\n");
        if (report.Adjudicated.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"## Adjudicated\n\n{string.Join(", ", report.Adjudicated.Select(pair => $"{pair.Value} for {pair.Key}"))}.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"## Checks\n\nGold items answered as they should be: {Shown(report.Gold)}. Attention items failed: {report.AttentionFailed} of {report.AttentionAnswered}. Nobody's answers were left out for failing one; who failed is flagged above.\n\n");
        Table(text, "What does not count", ["What", "How many", "Why"], report.Excluded.Select(row => new[] { row.What, Number(row.Count), row.Why }));
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Persons(StringBuilder text, string title, IReadOnlyList<ProtocolPerson> rows) =>
        Table(text, title, ["Person", "Groups", "Answers", "Skipped", "First", "Last", "Seconds each", "Gold right", "Attention failed"], rows.Select(person => new[]
        {
            person.Person + (person.IsFlagged ? " (flagged)" : ""), string.Join(", ", person.Groups), Number(person.Answers), Number(person.Skipped), Day(person.First), Day(person.Last),
            person.MeanActiveSeconds?.ToString("F0", CultureInfo.InvariantCulture) ?? "–", Shown(person.Gold), person.AttentionAnswered == 0 ? "–" : $"{person.AttentionFailed} of {person.AttentionAnswered}",
        }));

    private static IEnumerable<(string Name, string Measure, AgreementValue Value)> Measures(ProjectAgreement agreement)
    {
        if (agreement.Choices is AgreementValue choices)
            yield return ("choices", "Krippendorff's alpha, nominal", choices);
        if (agreement.Ranks is AgreementValue ranks)
            yield return ("ranks", "Krippendorff's alpha, ordinal", ranks);
        foreach ((string scale, AgreementValue value) in agreement.Ratings ?? new Dictionary<string, AgreementValue>())
            yield return (scale, "Krippendorff's alpha, interval", value);
        if (agreement.Edits is EditAgreement edits)
            yield return ("where people edit", "alpha over words changed or not", edits.Where);
        if (agreement.Spans is AgreementValue spans)
            yield return ("what people mark", "alpha over words marked or not", spans);
    }

    private static void Table(StringBuilder text, string title, string[] heads, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n| {string.Join(" | ", heads)} |\n|{string.Concat(heads.Select(_ => "---|"))}\n");
        foreach (string[] row in all)
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(Inline))} |\n");
        text.Append('\n');
    }

    // Names and reasons are shown as they are: nothing in them becomes markup, and no line ends inside a cell.
    private static string Inline(string text) => string.Concat(text.Select(unit => unit switch
    {
        '|' or '<' or '>' or '*' or '_' or '`' or '[' or ']' or '\\' or '#' => $"\\{unit}",
        _ when char.IsControl(unit) => " ",
        _ => unit.ToString(),
    }));

    private static string Shown(Share share) => share.Value is double value
        ? string.Create(CultureInfo.InvariantCulture, $"{value:P0} of {share.Of} ({share.Low:P0} to {share.High:P0})").Replace(" %", "%", StringComparison.Ordinal) : "–";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Day(DateTime? time) => time?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "–";

    private static string Name(TaskKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());
}
