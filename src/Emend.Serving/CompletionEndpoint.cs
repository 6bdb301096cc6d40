using System.Text.Json;
using Emend.Models;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>POST /v1/completions.</summary>
internal static class CompletionEndpoint
{
    public static async Task Handle(HttpContext context, Server server, CancellationToken cancellation)
    {
        using JsonDocument body = await RequestBody.Read(context);
        CompletionRequest request = CompletionRequest.Read(body.RootElement);
        server.CheckModel(request.Model);
        (Variant variant, ServedModel model) = server.Assign(context, request.Settings, messages: null);
        request = variant.Applied(request);
        int[][] prompts = [.. request.Prompts.Select(prompt => prompt.Ids ?? model.TextIds(prompt.Text!))];
        var work = new GenerationWork(prompts, "prompt", request.Settings, request.MaxTokens, request.Alternatives) { ScoresPrompts = request.Echo };
        await GenerationEndpoint.Run(context, server, model, new CompletionFormat(model, request, prompts), work, cancellation);
    }
}

/// <summary>text_completion, also of a stream's chunks.</summary>
internal sealed class CompletionFormat(ServedModel model, CompletionRequest request, int[][] prompts) : IResponseFormat
{
    private readonly EchoedPrompt?[] _echoes = new EchoedPrompt?[prompts.Length];

    public string IdPrefix => "cmpl-";

    public string ObjectOf(bool chunk) => "text_completion";

    public bool OpensChoices => request.Echo;

    public bool ShowsEnd => true;

    public bool GoesOn => true;

    public void WriteOpening(Utf8JsonWriter json, ChoiceReader choice)
    {
        json.WriteString("text", EchoOf(choice)!.Text);
        WriteLogprobs(json, choice, PromptTokens(choice));
    }

    public void WriteContent(Utf8JsonWriter json, ChoiceReader choice, ChoicePart part, bool chunk)
    {
        json.WriteString("text", chunk ? part.Text : EchoOf(choice)?.Text + part.Text);
        if (chunk && part.Tokens.Count == 0)
            json.WriteNull("logprobs");
        else
            WriteLogprobs(json, choice, chunk ? [] : PromptTokens(choice), part.Tokens);
    }

    /// <summary>The prompt as it comes back; null where it does not.</summary>
    private EchoedPrompt? EchoOf(ChoiceReader choice)
    {
        int prompt = choice.Index / request.Settings.Choices;
        return request.Echo ? _echoes[prompt] ??= EchoedPrompt.Of(model, request.Prompts[prompt].Text, prompts[prompt]) : null;
    }

    /// <summary>The prompt's tokens, the first without a log-probability; none where the prompt does not come back.</summary>
    private IEnumerable<LegacyToken> PromptTokens(ChoiceReader choice)
    {
        if (request.Alternatives is null || EchoOf(choice) is not { } echo)
            yield break;
        yield return new LegacyToken(new DrawnToken(echo.Ids[0], float.NaN, [], null), IsScored: false, echo.Offsets[0]);
        for (int place = 1; place < echo.Ids.Length; place++)
            yield return new LegacyToken(choice.Prompt[place - 1], IsScored: true, echo.Offsets[place]);
    }

    private void WriteLogprobs(Utf8JsonWriter json, ChoiceReader choice, IEnumerable<LegacyToken> prompt, params IReadOnlyList<ShownToken> response)
    {
        if (request.Alternatives is null)
        {
            json.WriteNull("logprobs");
            return;
        }
        int start = EchoOf(choice)?.Text.Length ?? 0;
        WriteLogprobs(json, [.. prompt, .. response.Select(shown => new LegacyToken(shown.Token, IsScored: true, start + shown.Offset))]);
    }

    private void WriteLogprobs(Utf8JsonWriter json, List<LegacyToken> tokens)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (LegacyToken shown in tokens)
            json.WriteStringValue(model.Texts[shown.Token.Id].Text);
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (LegacyToken shown in tokens)
        {
            if (shown.IsScored)
                json.WriteNumberValue(shown.Token.Logprob);
            else
                json.WriteNullValue();
        }
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (LegacyToken shown in tokens)
        {
            if (shown.IsScored)
                WriteAlternatives(json, shown.Token);
            else
                json.WriteNullValue();
        }
        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        foreach (LegacyToken shown in tokens)
            json.WriteNumberValue(shown.Offset);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>By text, as the format wants it, the token itself among them: of several with one text (parts of characters) the most likely is there.</summary>
    private void WriteAlternatives(Utf8JsonWriter json, DrawnToken token)
    {
        var written = new HashSet<string>();
        json.WriteStartObject();
        foreach (TokenLogprob other in token.Alternatives.Append(new TokenLogprob(token.Id, token.Logprob)))
        {
            if (written.Add(model.Texts[other.Id].Text))
                json.WriteNumber(model.Texts[other.Id].Text, other.Logprob);
        }
        json.WriteEndObject();
    }

    /// <param name="IsScored">Not the first of a prompt, which nothing predicts.</param>
    /// <param name="Offset">Where its text begins in the choice's (UTF-16 code units).</param>
    private readonly record struct LegacyToken(DrawnToken Token, bool IsScored, int Offset);
}
