using Emend.Training;

namespace Emend.Studies;

/// <summary>Which comparisons a reward model is trained on.</summary>
public enum PairSource
{
    /// <summary>Two responses of the policy to one prompt, as people ranked them.</summary>
    Original,

    /// <summary>A response after its minimal edit, over itself.</summary>
    Edited,

    /// <summary>One pair per edit hunk: the response with that hunk alone applied, over itself.</summary>
    Split,

    /// <summary>Both what people ranked and what they edited, each edit whole.</summary>
    EditedAndOriginal,

    /// <summary>Both what people ranked and, hunk by hunk, what they edited: one session of annotation gives the two.</summary>
    SplitAndOriginal,
}

/// <summary>
/// One way to learn from feedback. Arms differ in the pairs, the kind of reward, its placement and scaling, and the reward model's loss alone:
/// policy, prompts, PPO code, seeds, updates, reward-model steps and KL coefficient are the same for all.
/// </summary>
public sealed record Arm(string Name, string Description, PairSource Pairs, RewardKind Kind, RewardPlacement Placement, bool TokenLoss = false, bool Implicit = false, bool LengthNeutral = false)
{
    public static readonly IReadOnlyList<Arm> All =
    [
        new("A", "sequence reward on original pairs, sparse", PairSource.Original, RewardKind.Sequence, RewardPlacement.LastToken),
        new("A-neutral", "A, what length alone explains of the reward taken out", PairSource.Original, RewardKind.Sequence, RewardPlacement.LastToken, LengthNeutral: true),
        new("B", "sequence reward on edited pairs, sparse", PairSource.Edited, RewardKind.Sequence, RewardPlacement.LastToken),
        new("B-split", "sequence reward on one pair per edit hunk, sparse", PairSource.Split, RewardKind.Sequence, RewardPlacement.LastToken),
        new("B-all", "sequence reward on one pair per edit hunk and on original pairs, sparse", PairSource.SplitAndOriginal, RewardKind.Sequence, RewardPlacement.LastToken),
        new("C", "token reward on edited pairs, dense (Xu et al. 2024)", PairSource.Edited, RewardKind.Token, RewardPlacement.EveryToken),
        new("C-sparse", "the reward model of C, paid at the last token", PairSource.Edited, RewardKind.Token, RewardPlacement.LastToken),
        new("C-split", "token reward on one pair per edit hunk, dense", PairSource.Split, RewardKind.Token, RewardPlacement.EveryToken),
        new("C-all", "token reward on one pair per edit hunk and on original pairs, dense", PairSource.SplitAndOriginal, RewardKind.Token, RewardPlacement.EveryToken),
        new("C-token", "token reward on edited pairs with a loss on every token of them, and on original pairs, dense", PairSource.EditedAndOriginal, RewardKind.Token, RewardPlacement.EveryToken, TokenLoss: true),
        new("C-implicit", "C-token, with an implicit reward beside the head's", PairSource.EditedAndOriginal, RewardKind.Token, RewardPlacement.EveryToken, TokenLoss: true, Implicit: true),
        new("C-neutral", "C-implicit, what length alone explains of the reward taken out", PairSource.EditedAndOriginal, RewardKind.Token, RewardPlacement.EveryToken, TokenLoss: true, Implicit: true, LengthNeutral: true),
        new("D", "token reward on original pairs, dense", PairSource.Original, RewardKind.Token, RewardPlacement.EveryToken),
        new("D-implicit", "D, with an implicit reward beside the head's", PairSource.Original, RewardKind.Token, RewardPlacement.EveryToken, Implicit: true),
        new("D-neutral", "D-implicit, what length alone explains of the reward taken out", PairSource.Original, RewardKind.Token, RewardPlacement.EveryToken, Implicit: true, LengthNeutral: true),
    ];

    /// <summary>Arms that share a reward model have the same name for it.</summary>
    public string RewardModelName => $"{Kind}-{Pairs}{(TokenLoss ? "-tokens" : "")}{(Implicit ? "-implicit" : "")}".ToLowerInvariant();

    /// <summary>The arm of that name; null where there is none.</summary>
    public static Arm? Find(string name) => All.FirstOrDefault(arm => arm.Name == name);
}
