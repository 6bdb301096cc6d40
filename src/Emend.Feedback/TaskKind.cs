namespace Emend.Feedback;

/// <summary>What people are asked to do with the items of a project.</summary>
public enum TaskKind
{
    /// <summary>Say which response is better, then change in the other only what makes it better.</summary>
    Edit,

    /// <summary>Order the responses, ties allowed.</summary>
    Ranking,

    /// <summary>Give each response a number on each scale.</summary>
    Rating,

    /// <summary>Write the ideal answer.</summary>
    Demonstration,

    /// <summary>Mark and label stretches of the response.</summary>
    Spans,

    /// <summary>Correct one assistant turn of a dialogue, freely.</summary>
    Turn,
}
