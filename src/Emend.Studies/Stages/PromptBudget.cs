using Emend.Feedback;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>Prompts that are to be answered, as ids: all of them fit the context with the longest response, or every one that does not is named.</summary>
internal static class PromptBudget
{
    /// <param name="source">Where the prompts came from, for messages, with the line of each.</param>
    /// <param name="context">Tokens that prompt and response may have together.</param>
    /// <param name="whose">The context's, as " of FOLDER"; "" where several share it.</param>
    /// <exception cref="InvalidInputException">Every prompt that cannot be encoded, or is too long, by its line.</exception>
    public static int[][] Encode(string source, IEnumerable<(Prompt Prompt, int Line)> prompts, Func<Prompt, int[]> encode, int context, int maxNewTokens, string whose = "")
    {
        List<string> problems = [];
        var ids = new List<int[]>();
        foreach ((Prompt prompt, int line) in prompts)
        {
            string place = $"{Path.GetFileName(source)}:{line}";
            try
            {
                ids.Add(encode(prompt));
                if (ids[^1].Length + maxNewTokens > context)
                    problems.Add($"{place}: prompt: its {ids[^1].Length} tokens and --max-new {maxNewTokens} are more than the context of {context} tokens{whose}; shorten it, or lower --max-new");
            }
            catch (InvalidInputException exception)
            {
                problems.Add($"{place}: {exception.Message}");
            }
        }
        return problems.Count == 0 ? [.. ids] : throw InvalidInputException.ForProblems(source, problems);
    }
}
