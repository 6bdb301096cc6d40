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

    /// <summary>Whether the token that ended a response is among its tokens.</summary>
    bool ShowsEnd { get; }

    /// <summary>Whether the response is the rest of the prompt's text, and no text of its own.</summary>
    bool GoesOn { get; }

    void WriteOpening(Utf8JsonWriter json, ChoiceReader choice);

    void WriteContent(Utf8JsonWriter json, ChoiceReader choice, ChoicePart part, bool chunk);
}

/// <summary>What is to be generated.</summary>
/// <param name="Field">Which field of the request the prompts come from.</param>
/// <param name="MaxTokens">0 generates nothing: the prompts are scored.</param>
/// <param name="Alternatives">How many alternatives are reported beside each token; null for no log-probabilities.</param>
internal sealed record GenerationWork(int[][] Prompts, string Field, GenerationSettings Settings, int MaxTokens, int? Alternatives)
{
    /// <summary>Whether the prompts' own log-probabilities are wanted, where there are to be any.</summary>
    public bool ScoresPrompts { get; init; }
}

/// <summary>From checked prompts to an answer: admission, the choices, one JSON object or a stream of events.</summary>
internal static class GenerationEndpoint
{
    public static async Task Run(HttpContext context, Server server, ServedModel model, IResponseFormat format, GenerationWork work, CancellationToken cancellation)
    {
        GenerationSettings settings = work.Settings;
        SamplingOptions sampling = settings.Sampling(Math.Max(1, work.MaxTokens), model.StopTokens);
        Check(model, work, sampling);
        using IDisposable stay = server.Gate.Enter(work.Prompts.Length * settings.Choices);
        string variant = TrafficSplit.VariantOf(context);
        var choices = new List<ChoiceReader>();
        long started = Stopwatch.GetTimestamp();
        try
        {
            // Whoever reads nothing before the end need not be woken earlier, except to look for strings that end the text.
            TimeSpan interval = settings.Stream || settings.Stop.Length > 0 ? TimeSpan.FromMilliseconds(server.Options.StreamInterval) : TimeSpan.MaxValue;
            var report = new TokenReport { Alternatives = work.Alternatives, Prompt = work.ScoresPrompts, Interval = interval };
            var reading = new ReadingOptions(settings.Stop, work.Alternatives is not null, format.ShowsEnd);
            foreach (int[] prompt in work.Prompts)
            {
                for (int n = 0; n < settings.Choices; n++)
                {
                    RunningGeneration running = work.MaxTokens == 0 ? model.Generator.Score(prompt, work.Alternatives ?? 0) : model.Generator.Submit(prompt, sampling, row: choices.Count, report);
                    choices.Add(new ChoiceReader(choices.Count, running, model.Tokenizer, format.GoesOn ? reading with { After = prompt[^1] } : reading));
                }
            }
            var answer = new Answer(format, model, work, choices, () => server.Metrics.FirstToken(variant, Stopwatch.GetElapsedTime(started)));
            if (settings.Stream)
                await answer.Stream(context, cancellation);
            else
                await answer.Whole(context, cancellation);
        }
        finally
        {
            foreach (ChoiceReader choice in choices)
                choice.Cancel();
            server.Metrics.Tokens(variant, work.Prompts.Sum(prompt => (long)prompt.Length), choices.Sum(choice => (long)choice.Tokens));
        }
    }

    private static void Check(ServedModel model, GenerationWork work, SamplingOptions sampling)
    {
        int vocabulary = model.Generator.Config.VocabularySize;
        foreach (TokenBias bias in sampling.Biases.Where(bias => bias.Id >= vocabulary).Take(1))
            throw ApiException.Invalid($"logit_bias: {bias.Id} is no token of this model; ids go from 0 to {vocabulary - 1}", "logit_bias");
        for (int i = 0; i < work.Prompts.Length; i++)
        {
            int[] prompt = work.Prompts[i];
            bool onlyScored = work.MaxTokens == 0;
            string? problem = (onlyScored ? model.Generator.ScoreProblems(prompt) : model.Generator.Problems(prompt, sampling)).FirstOrDefault();
            if (problem is null)
                continue;
            bool tooLong = prompt.Length + (onlyScored ? 0 : 1) > model.Generator.ContextLength;
            throw ApiException.Invalid($"{(work.Prompts.Length > 1 ? $"{work.Field}[{i}]" : work.Field)}: {problem}", work.Field, tooLong ? "context_length_exceeded" : null);
        }
    }

    /// <summary>One answer being written.</summary>
    private sealed class Answer(IResponseFormat format, ServedModel model, GenerationWork work, List<ChoiceReader> choices, Action firstToken)
    {
        private readonly GenerationSettings _settings = work.Settings;
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
            bool first = true;
            bool[] opened = new bool[choices.Count];
            await foreach (ChoicePart part in ChoiceReader.Merge(choices, cancellation))
            {
                Once(ref first);
                if (format.OpensChoices && !opened[part.Index])
                    events.Add(json => WriteChunk(json, part.Index, null));
                opened[part.Index] = true;
                events.Add(json => WriteChunk(json, part.Index, part));
                await events.Send(cancellation);
            }
            if (_settings.IncludeUsage)
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
                format.WriteOpening(json, choices[index]);
                json.WriteNull("finish_reason");
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (_settings.IncludeUsage)
                json.WriteNull("usage");
            json.WriteEndObject();
        }

        private void WriteChoice(Utf8JsonWriter json, ChoicePart part, bool chunk)
        {
            json.WriteStartObject();
            json.WriteNumber("index", part.Index);
            format.WriteContent(json, choices[part.Index], part, chunk);
            json.WriteString("finish_reason", part.FinishReason);
            json.WriteEndObject();
        }

        private void WriteUsage(Utf8JsonWriter json)
        {
            int promptTokens = work.Prompts.Sum(prompt => prompt.Length), completionTokens = choices.Sum(choice => choice.Tokens);
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", promptTokens);
            json.WriteNumber("completion_tokens", completionTokens);
            json.WriteNumber("total_tokens", promptTokens + completionTokens);
            json.WriteStartObject("prompt_tokens_details");
            json.WriteNumber("cached_tokens", choices.Where(choice => choice.Index % _settings.Choices == 0).Sum(choice => choice.Reused));
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
