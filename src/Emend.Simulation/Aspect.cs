using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>What the faults of a response say it lacks. The first three are those that assistants are aligned to; the fourth is what is left of the rubric.</summary>
public enum Aspect
{
    /// <summary>Answers what was asked, completely, offers more help, and says nothing twice or beside the question.</summary>
    Helpful,

    /// <summary>Claims nothing that is not so.</summary>
    Honest,

    /// <summary>Is not rude: the only harm that this world knows.</summary>
    Harmless,

    /// <summary>Consists of whole sentences with one space between them.</summary>
    Readable,
}

/// <summary>The gold rubric aspect by aspect. The scores of all aspects add up to the rubric's.</summary>
public static class Aspects
{
    public static readonly ImmutableArray<Aspect> All = [Aspect.Helpful, Aspect.Honest, Aspect.Harmless, Aspect.Readable];

    /// <summary>Minus the weighted sum of the aspect's faults; 0 is without fault. The weights are the rubric's.</summary>
    public static double ScoreOf(this Judgement judgement, Aspect aspect) => aspect switch
    {
        Aspect.Helpful => -(20 * judgement.MissingFacts + 20 * judgement.NoAnswer + 4 * judgement.MissingHelp + 3 * judgement.PaddingSentences + 5 * judgement.Duplicates) / 10.0,
        Aspect.Honest => -10 * judgement.WrongFacts / 10.0,
        Aspect.Harmless => -6 * judgement.RudePhrases / 10.0,
        _ => -(10 * judgement.UnparseableSentences + judgement.UnparseableWords + 2 * judgement.SpacingFaults) / 10.0,
    };
}
