using Emend.Text;
using Emend.Training;

namespace Emend.Studies.Stages;

/// <summary>What became of the rows of a stage's files: how many were left out as too long, because their texts are the same, or because they do not share the prompt's words.</summary>
public sealed record DataCounts(int Rows, int Examples, int TooLong, int Unchanged, int NotCut);

/// <summary>Rows as token ids. A row that does not fit is an error that names it, or is left out and counted, as the recipe says.</summary>
/// <param name="section">What the recipe calls the data, for messages.</param>
internal sealed class StageData(TextEncoder encoder, DataSection data, int context, string section = "data")
{
    private readonly List<string> _problems = [];
    private int _tooLong, _unchanged, _notCut;

    /// <summary>Supervised fine-tuning: the preferred response of every row.</summary>
    public (IReadOnlyList<Example> Examples, DataCounts Counts) Examples(IReadOnlyList<RankedTexts> rows) => Collect<Example>(rows, row =>
    {
        int[] prompt = encoder.Prompt(row.Prompt), response = encoder.Response(row.Best);
        return Fits(row, prompt, response) ? [new Example(prompt, response)] : [];
    });

    /// <summary>Sequence reward: all responses of a row with their ranks, or pairs where hunks are split.</summary>
    public (IReadOnlyList<RankedExample> Examples, DataCounts Counts) Rankings(IReadOnlyList<RankedTexts> rows) => Collect<RankedExample>(rows, row =>
    {
        int[] prompt = encoder.Prompt(row.Prompt);
        if (!row.Pairs().Any())
            return Unchanged<RankedExample>();
        if (data.SplitHunks)
            return [.. Pairs(row).Select(pair => RankedExample.Pair(prompt, encoder.Response(pair.Preferred), encoder.Response(pair.Dispreferred))).Where(pair => Fits(row, prompt, pair.Responses))];
        int[][] responses = [.. row.Responses.Select(encoder.Response)];
        return Fits(row, prompt, responses) ? [new RankedExample(prompt, responses, [.. row.Ranks])] : [];
    });

    /// <summary>Token reward: every pair of a row, aligned by the diff of its ids.</summary>
    public (IReadOnlyList<EditExample> Examples, DataCounts Counts) Edits(IReadOnlyList<RankedTexts> rows) => Collect<EditExample>(rows, row =>
    {
        int[] prompt = encoder.Prompt(row.Prompt);
        if (!row.Pairs().Any())
            return Unchanged<EditExample>();
        bool isWholeEdit = data.Format == DataFormat.EditRows && !data.SplitHunks;
        return [.. Pairs(row).Select(pair => EditExample.Of(prompt, encoder.Response(pair.Preferred), encoder.Response(pair.Dispreferred), isWholeEdit)).Where(pair => Fits(row, prompt, pair.Edited, pair.Original))];
    });

    /// <summary>PPO: every prompt once, with room for so many new tokens.</summary>
    public (IReadOnlyList<int[]> Examples, DataCounts Counts) Prompts(IReadOnlyList<RankedTexts> rows, int maxNewTokens)
    {
        var seen = new HashSet<string>();
        return Collect<int[]>(rows, row =>
        {
            int[] prompt = encoder.Prompt(row.Prompt);
            return seen.Add(row.Prompt.Text) && Fits(row, prompt, new int[maxNewTokens]) ? [prompt] : [];
        });
    }

    private (IReadOnlyList<T>, DataCounts) Collect<T>(IReadOnlyList<RankedTexts> rows, Func<RankedTexts, T[]> encode)
    {
        (_tooLong, _unchanged, _notCut) = (0, 0, 0);
        var examples = new List<T>();
        foreach (RankedTexts row in rows)
        {
            try
            {
                if (data.PromptWords == 0)
                    examples.AddRange(encode(row));
                else if (row.WithPromptWords(data.PromptWords) is { } cut)
                    examples.AddRange(encode(cut));
                else
                    _notCut++;
            }
            catch (InvalidInputException exception)
            {
                _problems.Add($"{Path.GetFileName(row.File)}:{row.Line}: {exception.Message}");
            }
        }
        string files = string.Join(", ", data.Files);
        if (_problems.Count > 0)
            throw InvalidInputException.ForProblems(files, _problems);
        if (examples.Count == 0)
            throw new InvalidInputException($"{files}: nothing to learn from is left of {rows.Count} rows ({_tooLong} too long for the context of {context} tokens, {_unchanged} that compare nothing, {_notCut} whose responses do not share {data.PromptWords} first words)");
        return (examples, new DataCounts(rows.Count, examples.Count, _tooLong, _unchanged, _notCut));
    }

    private IEnumerable<(string Preferred, string Dispreferred)> Pairs(RankedTexts row) => data.SplitHunks
        ? row.Pairs().SelectMany(pair => TextEdits.SplitPairs(TextEdits.Compute(pair.Dispreferred, pair.Preferred, encoder.Tokenizer))
            .Where(fixedOnce => fixedOnce != pair.Dispreferred).Select(fixedOnce => (fixedOnce, pair.Dispreferred)))
        : row.Pairs();

    private bool Fits(RankedTexts row, int[] prompt, params ReadOnlySpan<int[]> responses)
    {
        int longest = 0;
        foreach (int[] response in responses)
            longest = Math.Max(longest, response.Length);
        if (prompt.Length + longest <= context)
            return true;
        if (data.TooLong == TooLong.Skip)
            _tooLong++;
        else
            _problems.Add($"{Path.GetFileName(row.File)}:{row.Line}: prompt ({prompt.Length} tokens) and response ({longest}) are longer than the model's context of {context}; shorten them, or set {section}.tooLong: skip");
        return false;
    }

    private T[] Unchanged<T>()
    {
        _unchanged++;
        return [];
    }
}
