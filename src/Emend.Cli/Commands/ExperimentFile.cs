// Format: docs/formats/serving.md, "Experiments".
using Emend.Cli.Commands.Prompts;
using Emend.Feedback.Prompts;
using Emend.Serving;
using Emend.Studies;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>An experiment as its file says it; paths are relative to the file.</summary>
public sealed record ExperimentFile
{
    /// <summary>What is tried and why, for people.</summary>
    public string About { get; init; } = "";

    /// <summary>What clients call it, and what users are hashed with.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<VariantOfFile> Variants { get; init; }

    /// <param name="served">The server's own model folder.</param>
    /// <exception cref="InvalidInputException">The file, or the version of a prompt that it names, is wrong.</exception>
    internal static Experiment Read(string path, string served)
    {
        ExperimentFile file = RecipeReader.Read<ExperimentFile>(path);
        var experiment = new Experiment(file.Name, [.. file.Variants.Select((variant, i) => variant.Read(path, i, served))]);
        string[] problems = [.. experiment.Problems()];
        return problems.Length == 0 ? experiment : throw InvalidInputException.ForProblems(path, problems);
    }
}

/// <summary>One variant of the file.</summary>
public sealed record VariantOfFile
{
    public required string Name { get; init; }
    public double Share { get; init; } = 1;

    /// <summary>Model folder; empty: the server's own.</summary>
    public string Model { get; init; } = "";
    public string System { get; init; } = "";

    /// <summary>A version of a prompt, as emend prompt add reads it: its system message, examples and settings, and its template around the user's last message.</summary>
    public string Prompt { get; init; } = "";
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<string> Stop { get; init; } = [];

    internal Variant Read(string file, int index, string served)
    {
        string Beside(string path) => Path.Combine(Path.GetDirectoryName(file) ?? "", path);
        var variant = new Variant { Name = Name, Share = Share, Model = Model == "" ? null : Beside(Model), System = System, Temperature = Temperature, TopP = TopP, MaxTokens = MaxTokens, Stop = Stop };
        if (Prompt == "")
            return variant;
        if (System != "")
            throw new InvalidInputException($"{file}: variants[{index}]: system and prompt are both given, and the prompt has a system message of its own; one of the two is expected");
        PromptContent content = PromptFile.Read(Beside(Prompt));
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Model == "" ? served : Beside(Model)));
        if (content.Settings.Model is { } named && named != Path.GetFileName(folder) && Path.TrimEndingDirectorySeparator(Path.GetFullPath(named)) != folder)
            throw new InvalidInputException($"{file}: variants[{index}].prompt: {Prompt} is for the model \"{named}\", and the variant's is {folder}; give the variant that model, or a version for this one");
        IReadOnlyList<TemplatePart> parts = PromptTemplate.Parse(content.Template).Parts;
        if (parts.Count(part => part.IsVariable) != 1 || PromptTemplate.Parse(content.System).Variables.Any())
            throw new InvalidInputException($"{file}: variants[{index}].prompt: {Prompt} has {content.Variables.Count} variables ({string.Join(", ", content.Variables)}); one is expected, once in the template, which takes the user's last message{(content.Variables.Contains(Store.InjectedContext.Variable) ? $"; a server injects no documents: write a fixed text in the place of {{{{{Store.InjectedContext.Variable}}}}}, or compare contexts on stored responses (emend prompt run --inject for each, then emend prompt pairs or an A/B test of the studio)" : "")}");
        return variant with
        {
            System = content.System,
            Examples = [.. content.Examples.SelectMany(example => new[] { new ChatMessage("user", example.Input), new ChatMessage("assistant", example.Output) })],
            Before = string.Concat(parts.TakeWhile(part => !part.IsVariable).Select(part => part.Text)),
            After = string.Concat(parts.SkipWhile(part => !part.IsVariable).Skip(1).Select(part => part.Text)),
            Temperature = Temperature ?? content.Settings.Temperature,
            TopP = TopP ?? content.Settings.TopP,
            MaxTokens = MaxTokens ?? content.Settings.MaxTokens,
            Stop = Stop.Count > 0 ? Stop : content.Settings.Stop,
        };
    }
}
