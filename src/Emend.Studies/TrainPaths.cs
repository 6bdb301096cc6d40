using Emend.Text;

namespace Emend.Studies;

/// <summary>
/// Paths from the command line, which stand before those of a recipe. Paths in a recipe are relative to the recipe's folder; a recipe
/// of public data names files without a folder, and a --data that is a folder says where they are.
/// </summary>
public sealed record TrainPaths(string? Model = null, IReadOnlyList<string>? Data = null, string? Output = null, string? Reward = null, IReadOnlyList<string>? Pretraining = null, IReadOnlyList<string>? Rankings = null)
{
    /// <summary>The recipe with the paths it is to run with.</summary>
    public SftRecipe Into(SftRecipe recipe, string recipeFile) => recipe with
    {
        Model = Section(recipe.Model, recipeFile),
        Data = Section(recipe.Data, Data, recipeFile),
        Output = Output ?? Beside(recipeFile, recipe.Output),
    };

    /// <summary>The recipe with the paths it is to run with.</summary>
    public RewardRecipe Into(RewardRecipe recipe, string recipeFile) => recipe with
    {
        Model = Section(recipe.Model, recipeFile),
        Data = Section(recipe.Data, Data, recipeFile),
        Rankings = recipe.Rankings is { } rankings ? Section(rankings, Rankings, recipeFile)
            : Rankings is null or [] ? null
            : throw new InvalidInputException($"--rankings {Rankings[0]}: the recipe has no rankings; say at least their format there"),
        Calibration = recipe.Calibration with { Policy = Beside(recipeFile, recipe.Calibration.Policy) },
        Output = Output ?? Beside(recipeFile, recipe.Output),
    };

    /// <summary>The recipe with the paths it is to run with.</summary>
    public PpoRecipe Into(PpoRecipe recipe, string recipeFile) => recipe with
    {
        Model = Section(recipe.Model, recipeFile),
        Data = Section(recipe.Data, Data, recipeFile),
        Pretraining = recipe.Pretraining is { } pretraining ? Section(pretraining, Pretraining, recipeFile)
            : Pretraining is null or [] ? null
            : throw new InvalidInputException($"--pretraining {Pretraining[0]}: the recipe has no pretraining; say at least its format there, and how much it weighs in options.pretrainingCoefficient"),
        Reward = Reward ?? Beside(recipeFile, recipe.Reward),
        Output = Output ?? Beside(recipeFile, recipe.Output),
    };

    private ModelSection Section(ModelSection model, string recipeFile) => model with { Folder = Model ?? Beside(recipeFile, model.Folder) };

    private static DataSection Section(DataSection data, IReadOnlyList<string>? given, string recipeFile) => data with
    {
        Files = given switch
        {
            null or [] => [.. data.Files.Select(file => Beside(recipeFile, file))],
            [var folder] when Directory.Exists(folder) => [.. data.Files.Select(file => Path.Combine(folder, file))],
            _ => given,
        },
    };

    private static string Beside(string recipeFile, string path) =>
        path.Length == 0 ? "" : Path.Combine(Path.GetDirectoryName(recipeFile) ?? "", path);
}
