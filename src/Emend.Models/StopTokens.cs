using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Text;

namespace Emend.Models;

/// <summary>The tokens that end a text of a model.</summary>
public static class StopTokens
{
    private const string FileName = "generation_config.json";

    /// <summary>
    /// eos_token_id of the folder's generation_config.json, a number or a list, as Hugging Face's generation reads it; without that
    /// file what config.json says. May be empty.
    /// </summary>
    /// <exception cref="InvalidInputException">The file is not JSON, or its eos_token_id is neither.</exception>
    public static ImmutableArray<int> Of(string? folder, ModelConfig config)
    {
        string file = Path.Combine(folder ?? "", FileName);
        if (folder is null || !File.Exists(file))
            return config.EosTokenIds;
        try
        {
            JsonElement settings = JsonElement.Parse(File.ReadAllBytes(file));
            if (settings.ValueKind != JsonValueKind.Object)
                throw new InvalidInputException($"{file}: is no JSON object");
            if (!settings.TryGetProperty("eos_token_id", out JsonElement ids) || ids.ValueKind == JsonValueKind.Null)
                return config.EosTokenIds;
            ImmutableArray<int> tokens = ids.ValueKind == JsonValueKind.Array ? [.. ids.EnumerateArray().Select(id => id.GetInt32())] : [ids.GetInt32()];
            foreach (int id in tokens)
            {
                if (id < 0 || id >= config.VocabularySize)
                    throw new InvalidInputException($"{file}: eos_token_id: {id} is no token of the model, whose ids go from 0 to {config.VocabularySize - 1}");
            }
            return tokens;
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"{file}:{exception.LineNumber + 1}: is not valid JSON at byte {exception.BytePositionInLine + 1} of the line");
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            throw new InvalidInputException($"{file}: eos_token_id must be a token id or a list of token ids ({exception.Message})");
        }
    }

    /// <summary>Makes a token the first that ends a text of the folder's model: into generation_config.json, unless it is already; other tokens stay behind it.</summary>
    public static void Put(int stop, string folder, ModelConfig config)
    {
        ImmutableArray<int> before = Of(folder, config);
        if (before is [var first, ..] && first == stop)
            return;
        string file = Path.Combine(folder, FileName);
        JsonNode settings = File.Exists(file) ? JsonNode.Parse(File.ReadAllBytes(file))! : new JsonObject();
        settings["eos_token_id"] = new JsonArray([.. before.Where(id => id != stop).Prepend(stop).Select(id => JsonValue.Create(id))]);
        WholeFile.Write(file, settings.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }
}
