using System.Collections.Immutable;
using System.Text.Json;
using Emend.Text;

namespace Emend.Models;

/// <summary>The tokens that end a text of a model.</summary>
public static class StopTokens
{
    private const string FileName = "generation_config.json";

    /// <summary>eos_token_id of generation_config.json, a number or a list, as Hugging Face's generation reads it; without that file what config.json says.</summary>
    /// <exception cref="InvalidInputException">The file is not JSON, or its eos_token_id is neither.</exception>
    public static ImmutableArray<int> Of(LanguageModel model)
    {
        string file = Path.Combine(model.SourceFolder ?? "", FileName);
        if (model.SourceFolder is null || !File.Exists(file))
            return model.Config.EosTokenIds;
        try
        {
            JsonElement settings = JsonElement.Parse(File.ReadAllBytes(file));
            if (!settings.TryGetProperty("eos_token_id", out JsonElement ids) || ids.ValueKind == JsonValueKind.Null)
                return model.Config.EosTokenIds;
            return ids.ValueKind == JsonValueKind.Array ? [.. ids.EnumerateArray().Select(id => id.GetInt32())] : [ids.GetInt32()];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidInputException($"{file}: eos_token_id must be a token id or a list of token ids ({exception.Message})");
        }
    }
}
