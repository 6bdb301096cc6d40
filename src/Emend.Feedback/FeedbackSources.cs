namespace Emend.Feedback;

/// <summary>Where feedback came from, as the field `source` of a row says. What people said has no such field, or another word in it.</summary>
public static class FeedbackSources
{
    /// <summary>A model gave it.</summary>
    public const string Ai = "ai";

    /// <summary>An annotator of the built-in world, a program, gave it.</summary>
    public const string Simulated = "simulated";

    public static bool IsPerson(string? source) => source is not (Ai or Simulated);
}
