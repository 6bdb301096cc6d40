using System.Xml.Linq;
using Xunit;

namespace Emend.UnitTests.Architecture;

/// <summary>Modules point one way; this is the table of who may reference whom.</summary>
public class ReferenceTableTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Text"] = [],
        ["Tensors"] = [],
        ["Feedback"] = ["Text"],
        ["Simulation"] = ["Feedback", "Text"],
        ["Models"] = ["Tensors", "Text"],
        ["Training"] = ["Models", "Tensors", "Text"],
        // Without models, so that the store and the studio can read a test without the native library.
        ["Significance"] = ["Text"],
        ["Evaluation"] = ["Models", "Significance", "Tensors", "Text"],
        ["Serving"] = ["Models", "Tensors", "Text", "Training"],
        ["Studies"] = ["Evaluation", "Feedback", "Models", "Significance", "Simulation", "Tensors", "Text", "Training"],
        ["Judging"] = ["Feedback", "Text"],
        ["Suites"] = ["Feedback", "Judging", "Significance", "Text"],
        ["Store"] = ["Feedback", "Significance", "Text"],
        // The studio reaches models over HTTP or by starting emend as a child process: a native crash cannot take the site down.
        ["Studio"] = ["Feedback", "Judging", "Significance", "Simulation", "Store", "Suites", "Text"],
        ["Cli"] = ["Evaluation", "Feedback", "Judging", "Models", "Serving", "Significance", "Simulation", "Store", "Studies", "Studio", "Suites", "Tensors", "Text", "Training"],
    };

    [Fact]
    public void EveryProjectIsInTheTable()
    {
        IEnumerable<string> projects = Repository.Files("src", ".csproj").Select(ModuleOf);

        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void NoProjectReferencesMoreThanTheTableAllows()
    {
        string[] forbidden =
        [
            .. from project in Repository.Files("src", ".csproj")
               from reference in ReferencesOf(project)
               where !Allowed[ModuleOf(project)].Contains(reference)
               select $"{ModuleOf(project)} -> {reference}"
        ];

        Assert.Empty(forbidden);
    }

    [Fact]
    public void TheTableHasNoCircle()
    {
        var placed = new HashSet<string>();
        while (placed.Count < Allowed.Count)
        {
            string[] ready = [.. Allowed.Keys.Where(module => !placed.Contains(module) && Allowed[module].All(placed.Contains))];
            Assert.NotEmpty(ready);
            placed.UnionWith(ready);
        }
    }

    [Fact]
    public void EverySourceFileIsInTheNamespaceOfItsProject()
    {
        string[] strays =
        [
            .. from file in Repository.Files("src", ".cs")
               let space = Repository.Lines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
               where space is not null
               let project = file.Split('/')[1]
               where space != $"namespace {project};" && !space.StartsWith($"namespace {project}.", StringComparison.Ordinal)
               select $"{file}: {space}"
        ];

        Assert.Empty(strays);
    }

    private static string ModuleOf(string project) => Path.GetFileNameWithoutExtension(project)["Emend.".Length..];

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(reference => ModuleOf(reference.Attribute("Include")!.Value.Replace('\\', '/')));
}
