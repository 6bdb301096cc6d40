using System.Text.Json;
using Emend.Models;
using Emend.Text;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>POST /v1/chat/completions.</summary>
internal static class ChatEndpoint
{
    public static async Task Handle(HttpContext context, Server server, CancellationToken cancellation)
    {
        using JsonDocument body = await RequestBody.Read(context);
        ChatRequest request = ChatRequest.Read(body.RootElement);
        server.CheckModel(request.Model);
        (Variant variant, ServedModel model) = server.Assign(context, request.Settings, request.Messages);
        request = variant.Applied(request);
        var work = new GenerationWork([Prompt(model, request.Messages)], "messages", request.Settings, request.MaxTokens ?? server.Options.MaxTokens, request.Alternatives);
        await GenerationEndpoint.Run(context, server, model, new ChatFormat(model, request.Alternatives), work, cancellation);
    }

    private static int[] Prompt(ServedModel model, IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            return model.ChatIds(messages);
        }
        catch (InvalidInputException problem)
        {
            throw ApiException.Invalid(problem.Message, "messages");
        }
    }
}

/// <summary>chat.completion and chat.completion.chunk.</summary>
internal sealed class ChatFormat(ServedModel model, int? alternatives) : IResponseFormat
{
    public string IdPrefix => "chatcmpl-";

    public string ObjectOf(bool chunk) => chunk ? "chat.completion.chunk" : "chat.completion";

    public bool OpensChoices => true;

    public bool ShowsEnd => false;

    public bool GoesOn => false;

    public void WriteOpening(Utf8JsonWriter json, ChoiceReader choice)
    {
        json.WriteStartObject("delta");
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
        json.WriteEndObject();
        json.WriteNull("logprobs");
    }

    public void WriteContent(Utf8JsonWriter json, ChoiceReader choice, ChoicePart part, bool chunk)
    {
        json.WriteStartObject(chunk ? "delta" : "message");
        if (!chunk)
            json.WriteString("role", "assistant");
        if (!chunk || part.Text != "")
            json.WriteString("content", part.Text);
        if (!chunk)
            json.WriteNull("refusal");
        json.WriteEndObject();
        if (alternatives is null || chunk && part.Tokens.Count == 0)
            json.WriteNull("logprobs");
        else
            WriteLogprobs(json, part.Tokens);
    }

    private void WriteLogprobs(Utf8JsonWriter json, IReadOnlyList<ShownToken> tokens)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        foreach (ShownToken shown in tokens)
        {
            json.WriteStartObject();
            WriteToken(json, shown.Token.Id, shown.Token.Logprob);
            json.WriteStartArray("top_logprobs");
            foreach (TokenLogprob other in shown.Token.Alternatives)
            {
                json.WriteStartObject();
                WriteToken(json, other.Id, other.Logprob);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    private void WriteToken(Utf8JsonWriter json, int id, float logprob)
    {
        TokenText text = model.Texts[id];
        json.WriteString("token", text.Text);
        json.WriteNumber("logprob", logprob);
        json.WriteStartArray("bytes");
        foreach (byte value in text.Bytes)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
