namespace Emend.Store;

/// <summary>What a project asks a model for.</summary>
public enum ModelUse
{
    /// <summary>A reward for every token of a text: POST /v1/rewards of an Emend server.</summary>
    Rewards,

    /// <summary>A small edit of a text: chat/completions of an OpenAI-compatible server.</summary>
    Proposals,

    /// <summary>Vectors of documents and of what is searched in them: embeddings of an OpenAI-compatible server.</summary>
    Embeddings,

    /// <summary>Answers to versions of prompts: chat/completions of an OpenAI-compatible server.</summary>
    Responses,

    /// <summary>Which of two responses is better: chat/completions of an OpenAI-compatible server.</summary>
    Judge,
}

/// <summary>Where a project asks a model; at most one for each use.</summary>
public sealed class ModelEndpoint
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public ModelUse Use { get; set; }
    public string Url { get; set; } = "";

    /// <summary>The name that the server knows the model by; null: whichever it serves.</summary>
    public string? Model { get; set; }

    /// <summary>The key that is sent along, encrypted; never shown, and gone when the address changes.</summary>
    public string? Key { get; set; }

    public DateTime CreatedAt { get; set; }
    public int Version { get; set; } = 1;

    /// <summary>The AskingLimits of proposals as JSON; null: no caps.</summary>
    public string? Limits { get; set; }

    /// <summary>The AskingSpent of proposals as JSON, since the endpoint was named; null: nothing yet.</summary>
    public string? Spent { get; set; }
}

/// <summary>What a model said to somebody about one text.</summary>
public sealed class GivenAdvice
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public long AssignmentId { get; set; }
    public ModelUse Use { get; set; }

    /// <summary>Index of the response, or of the turn.</summary>
    public int Target { get; set; }

    public string Model { get; set; } = "";

    /// <summary>A proposal's hunks as JSON; of rewards the score.</summary>
    public string Content { get; set; } = "";

    public DateTime CreatedAt { get; set; }
}

/// <summary>What somebody thought before a model was asked; the first word counts and is never changed.</summary>
public sealed class OwnJudgement
{
    public long Id { get; set; }
    public long AssignmentId { get; set; }

    /// <summary>The PriorJudgement as JSON.</summary>
    public string Content { get; set; } = "";

    public DateTime CreatedAt { get; set; }
}
