using Emend.Evaluation;
using Emend.Feedback;
using Emend.Simulation;
using Emend.Studies.Stages;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>A response as a judge sees it.</summary>
/// <param name="Scores">In each aspect of the judge, higher is better; null in those that the prompt does not try.</param>
/// <param name="Tokens">With their rewards in deviations, where the judge rewards tokens; else none.</param>
public sealed record JudgedResponse(IReadOnlyList<double?> Scores, IReadOnlyList<ScoredToken> Tokens);

/// <summary>Who scores the responses of versions to some questions: the gold rubric of the built-in world, or a reward model.</summary>
public sealed class ResponseJudge : IDisposable
{
    private readonly VersionQuestions _questions;
    private readonly RewardModel? _model;
    private readonly Tokenizer? _tokenizer;
    private readonly string? _folder;

    private ResponseJudge(VersionQuestions questions, string name, ScoreKind scores, IReadOnlyList<string> aspects, (RewardModel Model, Tokenizer Tokenizer, string Folder)? reward = null) =>
        (_questions, Name, Scores, Aspects, _model, _tokenizer, _folder) = (questions, name, scores, aspects, reward?.Model, reward?.Tokenizer, reward?.Folder);

    public string Name { get; }
    public ScoreKind Scores { get; }

    /// <summary>Of the rubric its own, which every prompt tries; of a reward model those that the prompts name, or "all".</summary>
    public IReadOnlyList<string> Aspects { get; }

    /// <summary>The gold rubric, in each of its aspects.</summary>
    public static ResponseJudge Rubric(VersionQuestions questions) => questions.World is not null
        ? new ResponseJudge(questions, "the gold rubric of the built-in world", ScoreKind.Faults, [.. Simulation.Aspects.All.Select(aspect => aspect.ToString().ToLowerInvariant())])
        : throw new ArgumentException("the gold rubric judges prompts of the built-in world alone");

    /// <summary>A reward model. It reads prompts as it was trained to, however the versions are asked.</summary>
    /// <param name="maxNewTokens">Most tokens of a response, beside which every prompt must fit the judge's context.</param>
    /// <exception cref="InvalidInputException">There is no such folder, or a prompt does not fit: each that does not.</exception>
    public static ResponseJudge Reward(string folder, VersionQuestions questions, int maxNewTokens)
    {
        if (!Directory.Exists(folder))
            throw new InvalidInputException($"--judge {folder}: there is no such folder");
        RewardModel model = RewardModel.Load(folder);
        try
        {
            Tokenizer tokenizer = Tokenizer.Load(folder);
            // Behind a response that was cut the judge reads one token more, the one that ends a text.
            PromptBudget.Encode(questions.Source, questions.Prompts.Select(prompt => (prompt.Prompt, prompt.Line)),
                prompt => model.Prompts(tokenizer).Prompt(prompt.Text, []), model.Model.Config.ContextLength - 1, maxNewTokens, $" (one kept for the end) of --judge {folder}");
            return new ResponseJudge(questions, $"the reward model {folder}", ScoreKind.Reward, questions.Aspects is { Count: > 0 } named ? named : [AspectPrompts.All], (model, tokenizer, folder));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Scores a response to one of the questions.</summary>
    /// <exception cref="InvalidInputException">A reward model's own tokenizer makes more of the texts than its context holds.</exception>
    public JudgedResponse Judge(int question, string response)
    {
        if (_model is null)
        {
            Judgement judgement = GoldRubric.Judge(_questions.World![question], response);
            return new JudgedResponse([.. Simulation.Aspects.All.Select(aspect => (double?)judgement.ScoreOf(aspect))], []);
        }
        AspectPrompt asked = _questions.Prompts[question];
        ResponseScore score = Score(asked, response);
        return new JudgedResponse(
            [.. Aspects.Select(aspect => asked.Aspect is null || asked.Aspect == aspect ? (double?)score.Standardized : null)],
            score.Kind == RewardKind.Token ? ModelVersion.Shown(score) : []);
    }

    /// <summary>A sentence for each version that was trained against this very judge.</summary>
    public IReadOnlyList<string> Warnings(IEnumerable<string> versions) => _folder is null ? [] : [.. versions.Select(version => RewardedBy.Warning(version, version, _folder)).OfType<string>()];

    public void Dispose() => _model?.Dispose();

    private ResponseScore Score(AspectPrompt asked, string response)
    {
        try
        {
            return ResponseScore.Of(_model!, _tokenizer!, asked.Prompt.Text, response);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{Path.GetFileName(_questions.Source)}:{asked.Line}: --judge {_folder}: {exception.Message}");
        }
    }
}
