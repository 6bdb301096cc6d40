namespace Emend.Studies.Stages;

/// <summary>Data without prompts: the first words of a response, which its edit or its rival shares, become the prompt.</summary>
internal static class PromptWords
{
    /// <summary>How many characters the first words of all responses take, the space behind them included; null where they do not share them, one ends there, or there is none.</summary>
    public static int? Length(int words, params ReadOnlySpan<string> responses)
    {
        if (responses.IsEmpty)
            return null;
        int end = 0;
        for (int word = 0; word < words; word++)
        {
            int space = responses[0].IndexOf(' ', end);
            if (space < 0)
                return null;
            end = space + 1;
        }
        foreach (string response in responses)
        {
            if (response.Length <= end || !response.AsSpan().StartsWith(responses[0].AsSpan(0, end), StringComparison.Ordinal))
                return null;
        }
        return end;
    }
}
