using System.CommandLine;
using Emend.Feedback;
using Emend.Simulation;
using Emend.Studies;
using Emend.Text;

namespace Emend.Cli.Commands.Simulated;

/// <summary>emend world: the built-in world for whoever has no people at hand (docs/world.md): its policy, its customers' questions, its annotators.</summary>
internal static class WorldCommand
{
    public static Command Create() => new("world", "The built-in world: a tiny model, prompts, simulated annotators who edit and vote.")
    {
        Policy(), Prompts(), WorldAnnotateCommand.Create(), Vote(),
    };

    internal static Option<Regime> RegimeOption()
    {
        var regime = new Option<Regime>("--regime") { Description = "Short or long responses.", HelpName = "REGIME", DefaultValueFactory = _ => Regime.Short };
        regime.AcceptOnlyFromAmong("short", "long");
        return regime;
    }

    internal static Option<int> SeedOption(string of, int seed) => new("--seed") { Description = $"Of {of}; 1 to 99 are for development.", HelpName = "S", DefaultValueFactory = _ => seed };

    /// <summary>The annotator who has one item before them: what they do to it depends on seed and item alone, not on what came before.</summary>
    internal static Annotator AnnotatorOf(Regime regime, int seed, string item) =>
        new(AnnotatorNoise.For(regime), regime, World.Create(WorldOptions.For(regime), seed).RandomFor($"annotator/{item}"));

    private static Command Policy()
    {
        var defaults = new PolicyData();
        var folder = new Argument<string>("DIR") { Description = "Model folder to make." };
        Option<Regime> regime = RegimeOption();
        var texts = new Option<int>("--texts") { Description = "Texts that the base model learns from.", HelpName = "N", DefaultValueFactory = _ => defaults.PretrainingTexts };
        var demonstrations = new Option<int>("--demonstrations") { Description = "Demonstrations of the assistant that it is fine-tuned on.", HelpName = "N", DefaultValueFactory = _ => defaults.Demonstrations };
        Option<int> seed = SeedOption("texts, demonstrations and weights", 100);
        var command = new Command("policy", "Train the world's assistant from nothing: a policy of 0.3 million parameters that answers customers, with faults.") { folder, regime, texts, demonstrations, seed };
        command.SetAction(call =>
        {
            string target = Path.TrimEndingDirectorySeparator(call.GetValue(folder)!);
            if (Path.Exists(target))
                throw new InvalidInputException($"DIR {target}: is there already; name another folder, or remove this one");
            (int reading, int answering) = (call.GetValue(texts), call.GetValue(demonstrations));
            if (reading < 1 || answering < 1)
                throw new InvalidInputException($"--texts {reading}, --demonstrations {answering}: at least 1 of each is expected");
            if (Path.GetDirectoryName(Path.GetFullPath(target)) is string parent)
                Directory.CreateDirectory(parent);
            var recipe = new StudyRecipe { About = "emend world policy", PolicySeed = call.GetValue(seed), PolicyData = new PolicyData { PretrainingTexts = reading, Demonstrations = answering } };
            TrainingProgress.Show(watcher =>
            {
                BuiltinPolicy.Train(recipe, World.Create(WorldOptions.For(call.GetValue(regime)), recipe.PolicySeed), target, watcher);
                return true;
            });
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { folder = target, texts = reading, demonstrations = answering, seed = recipe.PolicySeed });
            else
                Console.WriteLine($"{target}: learned from {reading} texts and {answering} demonstrations");
        });
        return command;
    }

    private static Command Prompts()
    {
        Option<Regime> regime = RegimeOption();
        var split = new Option<Split>("--split") { Description = "train, validation or test: no two ask for the same facts.", HelpName = "SPLIT", DefaultValueFactory = _ => Split.Train };
        split.AcceptOnlyFromAmong("train", "validation", "test");
        var count = new Option<int>("--count") { Description = "How many.", HelpName = "N", DefaultValueFactory = _ => 100 };
        Option<int> seed = SeedOption("the prompts", 1);
        var question = new Option<bool>("--question") { Description = """The customer's message alone, as {"question": …}: values of a template's variable. Without it the whole prompt, as {"prompt": …}.""" };
        var command = new Command("prompts", "Print prompts of the world as JSON lines.") { regime, split, count, seed, question };
        command.SetAction(call =>
        {
            if (call.GetValue(count) < 1)
                throw new InvalidInputException($"--count {call.GetValue(count)}: is not positive");
            World world = World.Create(WorldOptions.For(call.GetValue(regime)), call.GetValue(seed));
            foreach (WorldPrompt prompt in world.Prompts(call.GetValue(split), call.GetValue(count), call.GetValue(seed)))
            {
                if (call.GetValue(question))
                    JsonOutput.WriteLine(new { question = prompt.Question });
                else
                    JsonOutput.WriteLine(new { prompt = prompt.Text });
            }
        });
        return command;
    }

    private static Command Vote()
    {
        var file = new Argument<string>("PAIRS") { Description = "Pairs (docs/formats/judging.md), such as emend prompt pairs writes." };
        var output = new Option<string>("--output") { Description = "File of votes to write; emend ab reads it.", HelpName = "FILE", Required = true };
        Option<Regime> regime = RegimeOption();
        Option<int> seed = SeedOption("the annotators", 1);
        var command = new Command("vote", "Simulated annotators say which response of each pair is better, one vote a pair.") { file, output, regime, seed };
        command.SetAction(call =>
        {
            string path = call.GetValue(file)!;
            IReadOnlyList<ResponsePair> pairs = ResponsePairs.Read(path);
            string[] strange = [.. pairs.Where(pair => WorldPrompt.Read(pair.Prompt) is null).Select(pair => $"{Path.GetFileName(path)}:{pair.Line}: prompt: is none of the built-in world's, so its annotators cannot say what is right")];
            if (strange.Length > 0)
                throw InvalidInputException.ForProblems(path, strange);
            (string Id, string Vote)[] votes = [.. pairs.Select(pair => (pair.Id, VoteOn(pair, call.GetValue(regime), call.GetValue(seed))))];
            WholeFile.Write(call.GetValue(output)!, string.Concat(votes.Select(vote => System.Text.Json.JsonSerializer.Serialize(new { id = vote.Id, vote = vote.Vote, source = Store.SimulatedAnnotators.Source }, JsonOutput.Options) + "\n")));
            int a = votes.Count(vote => vote.Vote == "a"), b = votes.Count(vote => vote.Vote == "b");
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { pairs = votes.Length, a, b, ties = votes.Length - a - b });
            else
                Console.WriteLine($"{votes.Length} votes (simulated): {a} for A, {b} for B, {votes.Length - a - b} for neither");
        });
        return command;
    }

    private static string VoteOn(ResponsePair pair, Regime regime, int seed) => pair.A == pair.B ? "tie"
        : AnnotatorOf(regime, seed, pair.Id).Rank(WorldPrompt.Read(pair.Prompt)!, [pair.A, pair.B])[0] == 0 ? "a" : "b";
}
