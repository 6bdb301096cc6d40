using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emend.Models;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>What differs between the answers of the two endpoints that generate.</summary>
internal interface IResponseFormat
{
    string IdPrefix { get; }

    /// <summary>Whether something is sent of each choice before its first token.</summary>
    bool OpensChoices { get; }

    string ObjectOf(bool chunk);

    void WriteOpening(Utf8JsonWriter json, int choice);

    void WriteContent(Utf8JsonWriter json, ChoicePart part, bool chunk);
}

/// <summary>From checked prompts to an answer: admission, the choices, one JSON object or a stream of events.</summary>
internal static class GenerationEndpoint
{
    /// <param name="field">Which field of the request the prompts come from.</param>
    public static async Task Run(HttpContext context, Server server, IResponseFormat format, GenerationSettings settings, int[][] prompts, string field, int maxTokens, int? alternatives)
    {
        ServedModel model = server.ModelOf(context);
        SamplingOptions sampling = settings.Sampling(maxTokens, model.StopTokens);
        Check(model, prompts, sampling, field);
        using IDisposable stay = server.Gate.Enter(prompts.Length * settings.Choices);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(TimeSpan.FromSeconds(server.Options.Timeout));

        var choices = new List<ChoiceReader>();
        long started = Stopwatch.GetTimestamp();
        try
        {
            foreach (int[] prompt in prompts)
            {
                for (int n = 0; n < settings.Choices; n++)
                {
                    RunningGeneration running = model.Generator.Submit(prompt, sampling, row: choices.Count, alternatives);
                    choices.Add(new ChoiceReader(choices.Count, running, model.Tokenizer, settings.Stop, alternatives is not null));
                }
            }
            var answer = new Answer(format, model, settings, choices, prompts.Sum(prompt => prompt.Length), () => server.Metrics.FirstToken(Stopwatch.GetElapsedTime(started)));
            if (settings.Stream)
                await answer.Stream(context, patience.Token);
            else
                await answer.Whole(context, patience.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw ApiException.TimedOut(server.Options.Timeout);
        }
        finally
        {
            foreach (ChoiceReader choice in choices)
                choice.Cancel();
            server.Metrics.Tokens(prompts.Sum(prompt => (long)prompt.Length), choices.Sum(choice => (long)choice.Tokens));
        }
    }

    private static void Check(ServedModel model, int[][] prompts, SamplingOptions sampling, string field)
    {
        for (int i = 0; i < prompts.Length; i++)
        {
            string? problem = model.Generator.Problems(prompts[i], sampling).FirstOrDefault();
            if (problem is null)
                continue;
            bool tooLong = prompts[i].Length >= model.Generator.ContextLength;
            throw ApiException.Invalid($"{(prompts.Length > 1 ? $"{field}[{i}]" : field)}: {problem}", field, tooLong ? "context_length_exceeded" : null);
        }
    }

    /// <summary>One answer being written.</summary>
    private sealed class Answer(IResponseFormat format, ServedModel model, GenerationSettings settings, List<ChoiceReader> choices, int promptTokens, Action firstToken)
    {
        private readonly string _id = format.IdPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        public async Task Whole(HttpContext context, CancellationToken cancellation)
        {
            var texts = choices.ConvertAll(_ => new StringBuilder());
            var tokens = choices.ConvertAll(_ => new List<ShownToken>());
            string?[] finishes = new string?[choices.Count];
            bool first = true;
            await foreach (ChoicePart part in ChoiceReader.Merge(choices, cancellation))
            {
                Once(ref first);
                texts[part.Index].Append(part.Text);
                tokens[part.Index].AddRange(part.Tokens);
                finishes[part.Index] = part.FinishReason;
            }
            await JsonAnswer.Write(context, 200, json =>
            {
                Begin(json, chunk: false);
                json.WriteStartArray("choices");
                for (int i = 0; i < choices.Count; i++)
                    WriteChoice(json, new ChoicePart(i, texts[i].ToString(), tokens[i], finishes[i]), chunk: false);
                json.WriteEndArray();
                WriteUsage(json);
                json.WriteEndObject();
            }, cancellation);
        }

        public async Task Stream(HttpContext context, CancellationToken cancellation)
        {
            var events = new EventStream(context);
            bool first = true, opened = false;
            await foreach (ChoicePart part in ChoiceReader.Merge(choices, cancellation))
            {
                Once(ref first);
                if (!opened && format.OpensChoices)
                {
                    for (int i = 0; i < choices.Count; i++)
                        events.Add(json => WriteChunk(json, i, null));
                }
                opened = true;
                events.Add(json => WriteChunk(json, part.Index, part));
                await events.Send(cancellation);
            }
            if (settings.IncludeUsage)
            {
                events.Add(json =>
                {
                    Begin(json, chunk: true);
                    json.WriteStartArray("choices");
                    json.WriteEndArray();
                    WriteUsage(json);
                    json.WriteEndObject();
                });
            }
            events.End();
            await events.Send(cancellation);
        }

        private void Once(ref bool first)
        {
            if (first)
                firstToken();
            first = false;
        }

        private void Begin(Utf8JsonWriter json, bool chunk)
        {
            json.WriteStartObject();
            json.WriteString("id", _id);
            json.WriteString("object", format.ObjectOf(chunk));
            json.WriteNumber("created", _created);
            json.WriteString("model", model.Name);
            json.WriteString("system_fingerprint", model.Fingerprint);
        }

        /// <summary>A chunk of one choice; without a part the one that opens it.</summary>
        private void WriteChunk(Utf8JsonWriter json, int index, ChoicePart? part)
        {
            Begin(json, chunk: true);
            json.WriteStartArray("choices");
            if (part is not null)
            {
                WriteChoice(json, part, chunk: true);
            }
            else
            {
                json.WriteStartObject();
                json.WriteNumber("index", index);
                format.WriteOpening(json, index);
                json.WriteNull("finish_reason");
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (settings.IncludeUsage)
                json.WriteNull("usage");
            json.WriteEndObject();
        }

        private void WriteChoice(Utf8JsonWriter json, ChoicePart part, bool chunk)
        {
            json.WriteStartObject();
            json.WriteNumber("index", part.Index);
            format.WriteContent(json, part, chunk);
            json.WriteString("finish_reason", part.FinishReason);
            json.WriteEndObject();
        }

        private void WriteUsage(Utf8JsonWriter json)
        {
            int completionTokens = choices.Sum(choice => choice.Tokens);
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", promptTokens);
            json.WriteNumber("completion_tokens", completionTokens);
            json.WriteNumber("total_tokens", promptTokens + completionTokens);
            json.WriteEndObject();
        }
    }
}
