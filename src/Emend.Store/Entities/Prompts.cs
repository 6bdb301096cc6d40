namespace Emend.Store;

/// <summary>A prompt of a project: a name for a graph of versions.</summary>
public sealed class StoredPrompt
{
    public long Id { get; set; }
    public long ProjectId { get; set; }

    /// <summary>Unique in the project.</summary>
    public string Name { get; set; } = "";

    public string Description { get; set; } = "";
    public DateTime CreatedAt { get; set; }
}

/// <summary>One version of a prompt; versions are never changed and never removed, so other tables name them by their number.</summary>
public sealed class StoredVersion
{
    public long Id { get; set; }
    public long PromptId { get; set; }

    /// <summary>1, 2, 3, … in the prompt. Parents have lower numbers than their children.</summary>
    public int Number { get; set; }

    /// <summary>The PromptContent in its canonical form.</summary>
    public string Content { get; set; } = "";

    /// <summary>SHA-256 of Content, hex; the audit log holds it too.</summary>
    public string Hash { get; set; } = "";

    /// <summary>The version that this one was made from; null: the first.</summary>
    public int? Parent { get; set; }

    /// <summary>The other side of a merge.</summary>
    public int? SecondParent { get; set; }

    /// <summary>The version whose content a rollback brought back.</summary>
    public int? Restores { get; set; }

    /// <summary>The branch on which it was made.</summary>
    public string Branch { get; set; } = "";

    /// <summary>What its author says about it.</summary>
    public string Note { get; set; } = "";

    public long? AuthorId { get; set; }
    public string Author { get; set; } = "";

    /// <summary>Share of pieces of text that differ from Parent, 0 to 1; null where there is none.</summary>
    public double? ChangeRate { get; set; }

    /// <summary>Whether it names another model than Parent.</summary>
    public bool ModelChanged { get; set; }

    public DateTime CreatedAt { get; set; }
}

/// <summary>A named head in the graph of versions.</summary>
public sealed class PromptBranch
{
    public long Id { get; set; }
    public long PromptId { get; set; }
    public string Name { get; set; } = "";

    /// <summary>Number of its newest version.</summary>
    public int Head { get; set; }

    public DateTime CreatedAt { get; set; }
}

/// <summary>A name that points to a version and moves: production, staging.</summary>
public sealed class PromptLabel
{
    public long Id { get; set; }
    public long PromptId { get; set; }
    public string Name { get; set; } = "";

    /// <summary>Number of the version that it is at; null: taken off.</summary>
    public int? Number { get; set; }
}

/// <summary>What happened to a branch or a label: from which version to which, by whom, when and why. Events are only added.</summary>
public sealed class PromptEvent
{
    public long Id { get; set; }
    public long PromptId { get; set; }

    /// <summary>branched, committed, merged, fast-forwarded, rolled-back, label-moved, label-removed.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The branch or the label.</summary>
    public string Name { get; set; } = "";

    public int? From { get; set; }
    public int? To { get; set; }
    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public string Reason { get; set; } = "";
    public DateTime CreatedAt { get; set; }
}

/// <summary>A measured value of a version. The newest of a name counts, earlier ones stay.</summary>
public sealed class StoredMetric
{
    public long Id { get; set; }
    public long VersionId { get; set; }
    public string Name { get; set; } = "";
    public double Value { get; set; }
    public bool HigherIsBetter { get; set; }

    /// <summary>What measured it: a suite's run, a judge, a file.</summary>
    public string Source { get; set; } = "";

    public int? SampleSize { get; set; }
    public bool? Passed { get; set; }
    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public DateTime CreatedAt { get; set; }
}

/// <summary>A text that a model gave, with all that made it; never changed.</summary>
public sealed class StoredResponse
{
    public long Id { get; set; }
    public long ProjectId { get; set; }

    /// <summary>The version that was rendered; null where it came from no version.</summary>
    public long? VersionId { get; set; }

    public string Text { get; set; } = "";

    /// <summary>SHA-256 of Text, hex.</summary>
    public string TextHash { get; set; } = "";

    /// <summary>What the model is called.</summary>
    public string Model { get; set; } = "";

    /// <summary>Where the model lay on the machine that asked it; null where it answered over the network.</summary>
    public string? ModelFolder { get; set; }

    /// <summary>Changes with the weights, the configuration, the tokenizer and the type of computation.</summary>
    public string? ModelFingerprint { get; set; }

    /// <summary>The type that the model computed in: float32 or bfloat16; null where unknown.</summary>
    public string? Compute { get; set; }

    /// <summary>The ModelSettings that were in force, as JSON.</summary>
    public string Settings { get; set; } = "";

    public int? Seed { get; set; }

    /// <summary>Values of the version's variables, as a JSON object.</summary>
    public string Variables { get; set; } = "";

    /// <summary>The messages that were sent, as JSON.</summary>
    public string Messages { get; set; } = "";

    /// <summary>SHA-256 of the context that was injected, hex; null where there was none.</summary>
    public string? ContextHash { get; set; }

    /// <summary>What was injected, what was left out and why, as JSON.</summary>
    public string? Context { get; set; }

    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public DateTime CreatedAt { get; set; }
}

/// <summary>A stored response as one of the responses of an item.</summary>
public sealed class ResponseUse
{
    public long ItemId { get; set; }

    /// <summary>Its place in the item.</summary>
    public int Index { get; set; }

    public long ResponseId { get; set; }
}

/// <summary>A request that was done under a key: the same key again gives what it gave.</summary>
public sealed class SentRequest
{
    public long Id { get; set; }
    public long AccountId { get; set; }
    public string Key { get; set; } = "";

    /// <summary>SHA-256 of what was asked, hex.</summary>
    public string BodyHash { get; set; } = "";

    /// <summary>Id of what it made.</summary>
    public long ResultId { get; set; }

    public DateTime CreatedAt { get; set; }
}
