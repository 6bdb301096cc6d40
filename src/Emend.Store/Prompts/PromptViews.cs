using Emend.Feedback.Prompts;

namespace Emend.Store;

/// <summary>A branch and the number of its newest version.</summary>
public sealed record BranchView(string Name, int Head);

/// <summary>A label and the number of the version that it is at; null: taken off.</summary>
public sealed record LabelView(string Name, int? Number);

/// <summary>A prompt as lists show it.</summary>
public sealed record PromptSummary(long Id, string Name, string Description, int Versions, IReadOnlyList<BranchView> Branches, IReadOnlyList<LabelView> Labels, DateTime ChangedAt);

/// <summary>A version in the graph, without its content.</summary>
public sealed record VersionSummary(
    int Number, string Hash, IReadOnlyList<int> Parents, int? Restores, string Branch, string Note, string Author, DateTime CreatedAt, double? ChangeRate,
    IReadOnlyList<string> Tags, IReadOnlyList<MetricValue> Metrics);

/// <summary>A prompt with its whole graph, oldest version first.</summary>
public sealed record PromptView(
    long Id, string Name, string Description, IReadOnlyList<BranchView> Branches, IReadOnlyList<LabelView> Labels, IReadOnlyList<VersionSummary> Versions, DateTime CreatedAt);

/// <summary>A version with all that it says. Id is its number in the whole store, which responses name.</summary>
public sealed record VersionView(
    long Id, long PromptId, int Number, string Hash, IReadOnlyList<int> Parents, int? Restores, string Branch, string Note, string Author, DateTime CreatedAt, PromptContent Content, IReadOnlyList<string> Variables);

/// <summary>What happened to a branch or a label.</summary>
public sealed record PromptEventView(long Id, string Kind, string Name, int? From, int? To, string Actor, string Reason, DateTime CreatedAt);

/// <summary>What a merge would give, and what it starts from; no conflicts: it can be done as it is.</summary>
/// <param name="State">merge; fast-forward: the branch has nothing of its own and only moves; nothing: it holds the other already.</param>
public sealed record MergePreview(string State, int Into, int From, int? Base, PromptContent Content, IReadOnlyList<MergeConflict> Conflicts);

/// <summary>What differs between two versions.</summary>
public sealed record DiffView(int From, int To, PromptDiff Diff);

/// <summary>What is sent for a new prompt.</summary>
public sealed record NewPrompt(string Name, PromptContent Content, string Description = "", string Note = "");
