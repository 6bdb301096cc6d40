namespace Emend.Feedback.Prompts;

/// <summary>A version in the graph: its number and those of its parents, which are lower. A merge has two.</summary>
public readonly record struct VersionNode(int Number, int? Parent, int? SecondParent);

/// <summary>Who descends from whom among the versions of one prompt.</summary>
public sealed class VersionGraph(IEnumerable<VersionNode> nodes)
{
    private readonly Dictionary<int, VersionNode> _nodes = nodes.ToDictionary(node => node.Number);

    /// <summary>The version and all that it descends from.</summary>
    public IReadOnlySet<int> Ancestors(int number)
    {
        var found = new HashSet<int>();
        var open = new Stack<int>([number]);
        while (open.TryPop(out int next))
        {
            if (!found.Add(next))
                continue;
            VersionNode node = _nodes[next];
            if (node.Parent is int parent)
                open.Push(parent);
            if (node.SecondParent is int second)
                open.Push(second);
        }
        return found;
    }

    /// <summary>
    /// What a merge of the two starts from: the newest version that both descend from. Parents are older than their children, so no other common
    /// ancestor descends from it. Null where they have none in common. Of crossed merges, which have several, the newest is taken too.
    /// </summary>
    public int? MergeBase(int first, int second)
    {
        IReadOnlySet<int> mine = Ancestors(first);
        int[] common = [.. Ancestors(second).Where(mine.Contains)];
        return common.Length == 0 ? null : common.Max();
    }
}
