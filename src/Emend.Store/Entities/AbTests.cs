namespace Emend.Store;

/// <summary>A test of two sets of stored responses by the votes of people who do not know which is which. Its pairs are items of the project's queue.</summary>
public sealed class StoredAbTest
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public string Name { get; set; } = "";
    public long PromptId { get; set; }

    /// <summary>Number of the version whose responses are A's; ModelA narrows them to those of one model.</summary>
    public int VersionA { get; set; }
    public string? ModelA { get; set; }
    public int VersionB { get; set; }
    public string? ModelB { get; set; }

    /// <summary>Pairs with a vote after which the test is over, and is read where it was to be read once.</summary>
    public int Horizon { get; set; }

    /// <summary>Somebody looked before: from then on the test is read by the bound that holds at every look, and never again by the other.</summary>
    public bool Looked { get; set; }

    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public DateTime CreatedAt { get; set; }

    /// <summary>Planned to be looked at while votes come: read by the bound that holds at every look from the first vote on.</summary>
    public bool Looks { get; set; }

    /// <summary>When it came to its end; from then on it takes no votes. Null while it runs.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>Who ended it: the installation where the planned end was reached.</summary>
    public string? EndedBy { get; set; }

    /// <summary>Why somebody stopped it; null where it reached its end.</summary>
    public string? StopReason { get; set; }

    /// <summary>Narrows A's responses to those whose context had this budget, in tokens; and B's.</summary>
    public int? BudgetA { get; set; }
    public int? BudgetB { get; set; }
}

/// <summary>An item that is a pair of a test.</summary>
public sealed class AbTestItem
{
    public long ItemId { get; set; }
    public long TestId { get; set; }

    /// <summary>Which of the two responses is B's: drawn, so that the place in the item says nothing.</summary>
    public int IndexOfB { get; set; }
}
