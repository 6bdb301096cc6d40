using Emend.Text;

namespace Emend.Feedback.Prompts;

/// <summary>One message to a model. Values are the stretches of Content that came from variables: data, whatever they read like.</summary>
public sealed record RenderedMessage(string Role, string Content, IReadOnlyList<TextSpan> Values);

/// <summary>
/// What a model is sent: the system message where there is one, the examples as turns, the user's message. How many messages there are and
/// who speaks is decided by the version alone; a value is a part of one content, and a chat template marks contents as data
/// (ChatTemplate.RenderWithContents).
/// </summary>
public sealed record RenderedPrompt(IReadOnlyList<RenderedMessage> Messages)
{
    public IReadOnlyList<ChatMessage> Chat() => [.. Messages.Select(message => new ChatMessage(message.Role, message.Content))];
}

/// <summary>Fills a version's variables.</summary>
public static class PromptRenderer
{
    /// <exception cref="InvalidInputException">A variable has no value, or a value no variable: one sentence names them all.</exception>
    public static RenderedPrompt Render(PromptContent content, IReadOnlyDictionary<string, string> values)
    {
        PromptTemplate system = PromptTemplate.Parse(content.System), template = PromptTemplate.Parse(content.Template);
        Check(content, system, template, values);
        var messages = new List<RenderedMessage>();
        if (content.System != "")
            messages.Add(Filled("system", system, values));
        foreach (PromptExample example in content.Examples)
        {
            messages.Add(new RenderedMessage("user", example.Input, []));
            messages.Add(new RenderedMessage("assistant", example.Output, []));
        }
        messages.Add(Filled("user", template, values));
        return new RenderedPrompt(messages);
    }

    private static RenderedMessage Filled(string role, PromptTemplate template, IReadOnlyDictionary<string, string> values)
    {
        (string text, IReadOnlyList<TextSpan> spans) = template.Fill(values);
        return new RenderedMessage(role, text, spans);
    }

    private static void Check(PromptContent content, PromptTemplate system, PromptTemplate template, IReadOnlyDictionary<string, string> values)
    {
        IReadOnlyList<string> known = content.Variables;
        string[] problems =
        [
            .. system.Parts.Where(part => part.IsVariable && !values.ContainsKey(part.Text)).DistinctBy(part => part.Text).Select(part => Missing("system", part, values)),
            .. template.Parts.Where(part => part.IsVariable && !values.ContainsKey(part.Text)).DistinctBy(part => part.Text).Select(part => Missing("template", part, values)),
            .. values.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal)
                .Select(name => $"\"{name}\" is no variable of this prompt ({(known.Count == 0 ? "it has none" : $"it has {string.Join(", ", known)}")})"),
        ];
        if (problems.Length > 0)
            throw new InvalidInputException($"variables: {string.Join("; ", problems)}.");
    }

    private static string Missing(string field, TemplatePart part, IReadOnlyDictionary<string, string> values) =>
        $"{{{{{part.Text}}}}} ({field}, line {part.Line}) has no value ({(values.Count == 0 ? "none is given" : $"given: {string.Join(", ", values.Keys.Order(StringComparer.Ordinal))}")})";
}
