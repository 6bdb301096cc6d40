using System.Text.Json;
using Emend.Models;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>POST /v1/completions.</summary>
internal static class CompletionEndpoint
{
    public static async Task Handle(HttpContext context, Server server)
    {
        using JsonDocument body = await RequestBody.Read(context);
        CompletionRequest request = CompletionRequest.Read(body.RootElement);
        server.CheckModel(request.Model);
        int[][] prompts = [.. request.Prompts.Select(prompt => prompt.Ids ?? server.ModelOf(context).TextIds(prompt.Text!))];
        var format = new CompletionFormat(server.ModelOf(context), request);
        await GenerationEndpoint.Run(context, server, format, request.Settings, prompts, "prompt", request.MaxTokens, request.Alternatives);
    }
}

/// <summary>text_completion, also of a stream's chunks.</summary>
internal sealed class CompletionFormat(ServedModel model, CompletionRequest request) : IResponseFormat
{
    public string IdPrefix => "cmpl-";

    public string ObjectOf(bool chunk) => "text_completion";

    public bool OpensChoices => request.Echo;

    public void WriteOpening(Utf8JsonWriter json, int choice)
    {
        json.WriteString("text", EchoOf(choice));
        json.WriteNull("logprobs");
    }

    public void WriteContent(Utf8JsonWriter json, ChoicePart part, bool chunk)
    {
        json.WriteString("text", chunk ? part.Text : EchoOf(part.Index) + part.Text);
        if (request.Alternatives is null || chunk && part.Tokens.Count == 0)
            json.WriteNull("logprobs");
        else
            WriteLogprobs(json, part.Tokens);
    }

    private string EchoOf(int choice) => request.Echo ? request.Prompts[choice / request.Settings.Choices].Text! : "";

    private void WriteLogprobs(Utf8JsonWriter json, IReadOnlyList<ShownToken> tokens)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (ShownToken shown in tokens)
            json.WriteStringValue(model.Texts[shown.Token.Id].Text);
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (ShownToken shown in tokens)
            json.WriteNumberValue(shown.Token.Logprob);
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (ShownToken shown in tokens)
            WriteAlternatives(json, shown.Token);
        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        foreach (ShownToken shown in tokens)
            json.WriteNumberValue(shown.Offset);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>By text, as the format wants it: of several tokens with one text (parts of characters) the most likely is there.</summary>
    private void WriteAlternatives(Utf8JsonWriter json, DrawnToken token)
    {
        var written = new HashSet<string>();
        json.WriteStartObject();
        foreach (TokenLogprob other in token.Alternatives)
        {
            if (written.Add(model.Texts[other.Id].Text))
                json.WriteNumber(model.Texts[other.Id].Text, other.Logprob);
        }
        json.WriteEndObject();
    }
}
