using System.CommandLine;
using Emend.Simulation;
using Emend.Studies;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>What emend evaluate aspects and emend evaluate compare ask versions of a model, and who judges.</summary>
internal sealed class VersionChoice
{
    private const int WorldPrompts = 256;
    private static readonly VersionOptions Defaults = new();
    private readonly Option<string> _world = new("--world") { Description = "Test prompts of the built-in world, judged by its gold rubric: short or long.", HelpName = "REGIME", DefaultValueFactory = _ => "short" };
    private readonly Option<string?> _prompts = new("--prompts") { Description = """A file of your own prompts instead, JSON lines {"prompt": …, "aspect": …}; aspect is what a prompt tries them in, any name, and may be absent.""", HelpName = "FILE" };
    private readonly Option<string?> _judge = new("--judge") { Description = "Reward model folder that judges the responses.", HelpName = "REWARD_DIR" };
    private readonly Option<int?> _count = new("--count") { Description = $"So many prompts. [default: all of the file, {WorldPrompts} of the world]", HelpName = "N" };
    private readonly Option<int> _maxNew = new("--max-new") { Description = "Most tokens of a response.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxNewTokens };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Divides the logits; 0 takes the most likely token.", HelpName = "T", DefaultValueFactory = _ => Defaults.Temperature };
    private readonly Option<int> _seed = new("--seed") { Description = "Of the world's prompts, of samples, and of what is drawn for intervals.", HelpName = "S" };
    private readonly TextChoice _texts = new();

    public void AddTo(Command command)
    {
        _world.AcceptOnlyFromAmong("short", "long");
        foreach (Option option in (Option[])[_world, _prompts, _judge, _count, _maxNew, _temperature, _seed, .. _texts.Options])
            command.Add(option);
    }

    public bool OwnPrompts(ParseResult call) => call.GetValue(_prompts) is not null;

    public int Seed(ParseResult call) => call.GetValue(_seed);

    public VersionOptions Options(ParseResult call) => new() { Text = _texts.Of(call), MaxNewTokens = call.GetValue(_maxNew), Temperature = call.GetValue(_temperature), Seed = Seed(call) };

    /// <exception cref="InvalidInputException">Two sources of prompts are given, or the one is wrong.</exception>
    public VersionQuestions Questions(ParseResult call)
    {
        int? count = call.GetValue(_count);
        if (count < 1)
            throw new InvalidInputException($"--count {count}: is not positive");
        if (call.GetValue(_prompts) is not { } file)
            return VersionQuestions.OfWorld(call.GetValue(_world) == "long" ? Regime.Long : Regime.Short, count ?? WorldPrompts, Seed(call));
        Refuse(call, "--prompts", _world);
        return VersionQuestions.OfFile(file, count);
    }

    /// <summary>The gold rubric for the world's prompts, the reward model that was given; null for own prompts without one.</summary>
    public ResponseJudge? Judge(ParseResult call, VersionQuestions questions) => call.GetValue(_judge) is { } folder
        ? ResponseJudge.Reward(folder, questions, call.GetValue(_maxNew))
        : questions.World is null ? null : ResponseJudge.Rubric(questions);

    /// <summary>Nobody is asked: what says whom to ask what, and who judges, is refused.</summary>
    /// <exception cref="InvalidInputException">One of them is given.</exception>
    public void RefuseAsking(ParseResult call, string with) => Refuse(call, with, [_world, _prompts, _judge, _count, _maxNew, _temperature, .. _texts.Options]);

    /// <summary>Where the responses are given, and only the models are asked how likely they find them.</summary>
    public void RefusePrompts(ParseResult call, string with) => Refuse(call, with, _world, _prompts, _judge, _count);

    private static void Refuse(ParseResult call, string with, params Option[] options)
    {
        if (options.FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } given)
            throw new InvalidInputException($"{given.Name}: does not go with {with}");
    }
}
