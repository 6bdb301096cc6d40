using System.Collections.Immutable;

namespace Emend.Text;

/// <summary>
/// One maximal run of units that are not equal: original units [Start, End) became edited units [EditedStart, EditedEnd).
/// An empty original side inserts, an empty edited side deletes.
/// </summary>
public readonly record struct EditHunk(int Start, int End, int EditedStart, int EditedEnd)
{
    /// <summary>Number of original units that were changed or removed.</summary>
    public int Removed => End - Start;

    /// <summary>Number of edited units that replace them.</summary>
    public int Added => EditedEnd - EditedStart;
}

/// <summary>
/// How one sequence of units became another. Whatever lies between two hunks is equal on both sides, unit for unit.
/// The hunks are in order, apart from each other by at least one equal unit. Equality compares the hunks by value.
/// </summary>
public sealed record EditScript(int OriginalLength, int EditedLength, ImmutableArray<EditHunk> Hunks)
{
    /// <summary>
    /// Unit operations: a hunk of n removed and m added units costs max(n, m). Of a script from <see cref="SequenceDiff"/> it is the Levenshtein distance.
    /// </summary>
    public int Distance => Hunks.Sum(hunk => Math.Max(hunk.Removed, hunk.Added));

    /// <summary>Unit operations divided by the units of the longer side, in [0, 1]; 0 where both sides are empty.</summary>
    public double EditRate => OriginalLength + EditedLength == 0 ? 0 : (double)Distance / Math.Max(OriginalLength, EditedLength);

    /// <summary>One flag per original unit: true where it was replaced or removed (U1 of the original side).</summary>
    public bool[] OriginalChanged()
    {
        var changed = new bool[OriginalLength];
        foreach (EditHunk hunk in Hunks)
            Array.Fill(changed, true, hunk.Start, hunk.Removed);
        return changed;
    }

    /// <summary>
    /// One flag per original unit: true where the edit found fault with it. Those are the changed units and, where a hunk only
    /// inserts, the unit that came too early: the one in front of which something was missing. At the very end there is none.
    /// </summary>
    public bool[] OriginalFaults()
    {
        bool[] faults = OriginalChanged();
        foreach (EditHunk hunk in Hunks.Where(hunk => hunk.Removed == 0 && hunk.Start < OriginalLength))
            faults[hunk.Start] = true;
        return faults;
    }

    /// <summary>One flag per edited unit: true where it replaces or is inserted (U1 of the edited side).</summary>
    public bool[] EditedChanged()
    {
        var changed = new bool[EditedLength];
        foreach (EditHunk hunk in Hunks)
            Array.Fill(changed, true, hunk.EditedStart, hunk.Added);
        return changed;
    }

    /// <summary>
    /// One flag per gap of the original (units + 1; gap g lies before unit g): true where a hunk adds more units than it removes.
    /// The surplus counts as inserted in front of the hunk, which is where the tie rule of <see cref="SequenceDiff"/> puts it.
    /// </summary>
    public bool[] OriginalGapInserted()
    {
        var inserted = new bool[OriginalLength + 1];
        foreach (EditHunk hunk in Hunks)
            inserted[hunk.Start] |= hunk.Added > hunk.Removed;
        return inserted;
    }

    /// <summary>The pairs of indices of equal units, ascending on both sides.</summary>
    public IReadOnlyList<(int Original, int Edited)> Matches()
    {
        var matches = new List<(int, int)>(OriginalLength);
        int original = 0, edited = 0;
        foreach (EditHunk hunk in Hunks)
        {
            while (original < hunk.Start)
                matches.Add((original++, edited++));
            (original, edited) = (hunk.End, hunk.EditedEnd);
        }
        while (original < OriginalLength)
            matches.Add((original++, edited++));
        return matches;
    }

    /// <summary>The edited units, rebuilt: what lies between the hunks comes from the original, what lies inside them from the edited sequence.</summary>
    /// <exception cref="ArgumentException">A sequence has another length than the script was made for.</exception>
    public int[] Apply(ReadOnlySpan<int> original, ReadOnlySpan<int> edited)
    {
        if (original.Length != OriginalLength || edited.Length != EditedLength)
            throw new ArgumentException($"the script is for {OriginalLength} and {EditedLength} units, not for {original.Length} and {edited.Length}");
        var result = new List<int>(EditedLength);
        int position = 0;
        foreach (EditHunk hunk in Hunks)
        {
            result.AddRange(original[position..hunk.Start]);
            result.AddRange(edited[hunk.EditedStart..hunk.EditedEnd]);
            position = hunk.End;
        }
        result.AddRange(original[position..]);
        return [.. result];
    }

    public bool Equals(EditScript? other) =>
        other is not null && OriginalLength == other.OriginalLength && EditedLength == other.EditedLength && Hunks.SequenceEqual(other.Hunks);

    public override int GetHashCode() => OriginalLength * 31 + EditedLength;
}
