using System.Text.Json;

namespace Emend.Feedback;

/// <summary>AlpacaFarm's pairs. The prompt is the instruction and, where there is one, the input after a blank line; no template.</summary>
internal static class AlpacaFarmPair
{
    private const string Expected = "1 (output_1 is better) or 2 (output_2 is better)";

    public static Preference? Row(RowReader reader)
    {
        string id = reader.OptionalText("id") ?? reader.OptionalText("sample_id") ?? reader.DefaultId;
        string? instruction = reader.Text("instruction");
        string input = reader.OptionalText("input") ?? "";
        string? first = reader.Text("output_1"), second = reader.Text("output_2");
        int? preference = Preferred(reader);
        if (instruction is null || first is null || second is null || preference is null)
            return null;
        var prompt = new Prompt(input.Length == 0 ? instruction : $"{instruction}\n\n{input}");
        (string chosen, string rejected) = preference == 1 ? (first, second) : (second, first);
        return new Preference(id, instruction, prompt, new Response(chosen), new Response(rejected));
    }

    private static int? Preferred(RowReader reader)
    {
        if (reader.Required("preference", Expected) is not JsonElement value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.GetDouble() is 1 or 2)
            return (int)value.GetDouble();
        reader.Problem("preference", $"{RowReader.Shown(value)} is not {Expected}");
        return null;
    }
}
