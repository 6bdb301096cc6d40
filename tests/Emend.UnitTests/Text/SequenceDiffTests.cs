using System.Diagnostics;
using DiffPlex;
using Emend.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Text;

public sealed class SequenceDiffTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(2000);

    [Fact]
    public void AScriptGivesBackTheEditedSequenceAtTheDistanceOfTheTable() => Prop.ForAll(Pairs(), pair =>
    {
        EditScript script = SequenceDiff.Compute(pair.A, pair.B);
        return script.Apply(pair.A, pair.B).SequenceEqual(pair.B)
            && script.Distance == Table(pair.A, pair.B)[pair.A.Length, pair.B.Length];
    }).Check(Many);

    [Fact]
    public void TheTieRuleIsTheTableTracedBackFromItsCorner() => Prop.ForAll(Pairs(), pair =>
        SequenceDiff.Compute(pair.A, pair.B).Matches().SequenceEqual(MatchesOfTable(pair.A, pair.B))).Check(Many);

    [Fact]
    public void HowManyWavesAreKeptChangesNothing() => Prop.ForAll(Pairs(), pair =>
        SequenceDiff.Compute(pair.A, pair.B, 1000, wavesKept: 2).Equals(SequenceDiff.Compute(pair.A, pair.B, 1000, wavesKept: 1000))).Check(Many);

    [Fact]
    public void MasksAndMatchesAgree() => Prop.ForAll(Pairs(), pair =>
    {
        EditScript script = SequenceDiff.Compute(pair.A, pair.B);
        IReadOnlyList<(int Original, int Edited)> matches = script.Matches();
        int[] kept = [.. script.OriginalChanged().Index().Where(unit => !unit.Item).Select(unit => unit.Index)];
        int[] keptEdited = [.. script.EditedChanged().Index().Where(unit => !unit.Item).Select(unit => unit.Index)];
        return matches.Select(match => match.Original).SequenceEqual(kept)
            && matches.Select(match => match.Edited).SequenceEqual(keptEdited)
            && matches.All(match => pair.A[match.Original] == pair.B[match.Edited]);
    }).Check(Many);

    [Fact]
    public void HunksAreMaximalAndInOrder() => Prop.ForAll(Pairs(), pair =>
    {
        EditHunk[] hunks = [.. SequenceDiff.Compute(pair.A, pair.B).Hunks];
        return hunks.All(hunk => hunk.Removed + hunk.Added > 0)
            && hunks.Zip(hunks.Skip(1)).All(next => next.First.End < next.Second.Start && next.First.EditedEnd < next.Second.EditedStart);
    }).Check(Many);

    [Fact]
    public void TheWayBackCostsTheSame() => Prop.ForAll(Pairs(), pair =>
        SequenceDiff.Compute(pair.A, pair.B).Distance == SequenceDiff.Compute(pair.B, pair.A).Distance).Check(Many);

    [Fact]
    public void OneOperationSwapsItsSidesWithTheSequences() => Prop.ForAll(Pairs(), pair =>
    {
        // With one operation there is no tie between kinds of operations, only between places, and the rule for places has no sides.
        EditScript script = SequenceDiff.Compute(pair.A, pair.B);
        EditHunk[] swapped = [.. script.Hunks.Select(hunk => new EditHunk(hunk.EditedStart, hunk.EditedEnd, hunk.Start, hunk.End))];
        return script.Distance > 1 || SequenceDiff.Compute(pair.B, pair.A).Hunks.SequenceEqual(swapped);
    }).Check(Many);

    [Fact]
    public void NeverMoreOperationsThanAnIndependentDiff() => Prop.ForAll(Pairs(), pair =>
    {
        // DiffPlex counts insertions and deletions only, so its blocks bound ours from above.
        var blocks = new Differ().CreateLineDiffs(Lines(pair.A), Lines(pair.B), false).DiffBlocks;
        int bound = blocks.Sum(block => Math.Max(block.DeleteCountA, block.InsertCountB));
        return SequenceDiff.Compute(pair.A, pair.B).Distance <= bound;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void EqualSequencesHaveNoHunks()
    {
        int[] units = [5, 5, 7, 9];
        EditScript script = SequenceDiff.Compute(units, units);
        Assert.Empty(script.Hunks);
        Assert.Equal(0, script.EditRate);
        Assert.Equal(0, SequenceDiff.Compute([], []).EditRate);
    }

    [Fact]
    public void ARepeatedUnitIsInsertedInFront()
    {
        EditHunk hunk = Assert.Single(SequenceDiff.Compute([1, 2], [1, 2, 1, 2]).Hunks);
        Assert.Equal(new EditHunk(0, 0, 0, 2), hunk);
    }

    [Fact]
    public void TheSurplusOfAHunkLiesAtItsFront()
    {
        EditScript script = SequenceDiff.Compute([1, 2, 3], [1, 8, 9, 3]);
        Assert.Equal([new EditHunk(1, 2, 1, 3)], script.Hunks);
        Assert.Equal([false, true, false, false], script.OriginalGapInserted());
        Assert.Equal(0.5, script.EditRate);
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, new[] { 1, 8, 3 }, new[] { false, true, false })]       // replaced
    [InlineData(new[] { 1, 2, 3 }, new[] { 1, 8, 2, 3 }, new[] { false, true, false })]    // something was missing before 2
    [InlineData(new[] { 1, 2, 3 }, new[] { 1, 2, 3, 8 }, new[] { false, false, false })]   // only after the end
    public void AFaultIsAChangedUnitOrTheOneThatCameTooEarly(int[] original, int[] edited, bool[] faults) =>
        Assert.Equal(faults, SequenceDiff.Compute(original, edited).OriginalFaults());

    [Fact]
    public void LongClosePairsAnswerWithinASecond()
    {
        var random = new Random(1);
        int[] a = [.. Enumerable.Range(0, 200_000).Select(_ => random.Next(30))];
        var edited = new List<int>(a);
        for (int i = 0; i < 3000; i++)
        {
            int at = random.Next(edited.Count);
            if (i % 3 == 0)
                edited[at] = random.Next(30);
            else if (i % 3 == 1)
                edited.RemoveAt(at);
            else
                edited.Insert(at, random.Next(30));
        }
        int[] b = [.. edited];
        var watch = Stopwatch.StartNew();
        EditScript script = SequenceDiff.Compute(a, b);
        Assert.Equal(b, script.Apply(a, b));
        Assert.InRange(script.Distance, 1000, 3000);
        Assert.True(watch.Elapsed < Near.OnABusyMachine(TimeSpan.FromSeconds(1)), $"{watch.Elapsed}");
        TestContext.Current.TestOutputHelper?.WriteLine($"200,000 units, distance {script.Distance}: {watch.Elapsed.TotalSeconds:F2} s");
    }

    [Fact]
    public void LongFarPairsAreRefusedSoon()
    {
        var random = new Random(2);
        int[] a = [.. Enumerable.Range(0, 200_000).Select(_ => random.Next(30))];
        int[] b = [.. Enumerable.Range(0, 200_000).Select(_ => random.Next(30))];
        var watch = Stopwatch.StartNew();
        var exception = Assert.Throws<InvalidInputException>(() => SequenceDiff.Compute(a, b));
        Assert.StartsWith("too large to align: 200000 units against 200000 differ in more than 10000 units", exception.Message);
        Assert.True(watch.Elapsed < Near.OnABusyMachine(TimeSpan.FromSeconds(2)), $"{watch.Elapsed}");
        TestContext.Current.TestOutputHelper?.WriteLine($"refused after {watch.Elapsed.TotalSeconds:F2} s");
    }

    [Fact]
    public void TheLimitIsInclusive()
    {
        Assert.Equal(3, SequenceDiff.Compute([1, 2, 3], [4, 5, 6], maxDistance: 3).Distance);
        Assert.Throws<InvalidInputException>(() => SequenceDiff.Compute([1, 2, 3], [4, 5, 6], maxDistance: 2));
        Assert.Throws<InvalidInputException>(() => SequenceDiff.Compute([1], [1, 2, 3], maxDistance: 1));
    }

    internal sealed record Pair(int[] A, int[] B);

    /// <summary>Pairs over a few letters (many ties), half of them unrelated, half with a few changes.</summary>
    private static Arbitrary<Pair> Pairs()
    {
        Gen<int[]> Units(int most) => Gen.Choose(0, most).SelectMany(length => Gen.Choose(0, 3).ArrayOf(length));
        Gen<Pair> unrelated = Units(14).SelectMany(a => Units(14).Select(b => new Pair(a, b)));
        Gen<Pair> close = Units(40).SelectMany(a => Gen.Choose(0, 1_000_000).Select(seed => new Pair(a, Changed(a, new Random(seed)))));
        return Arb.From(Gen.OneOf(unrelated, close));
    }

    private static int[] Changed(int[] units, Random random)
    {
        var changed = new List<int>(units);
        for (int i = random.Next(5); i > 0; i--)
        {
            int at = random.Next(changed.Count + 1);
            if (random.Next(2) == 0 || at == changed.Count)
                changed.Insert(at, random.Next(4));
            else
                changed.RemoveAt(at);
        }
        return [.. changed];
    }

    private static string Lines(int[] units) => string.Join('\n', units);

    private static int[,] Table(int[] a, int[] b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (int x = 0; x <= a.Length; x++)
        {
            for (int y = 0; y <= b.Length; y++)
            {
                if (x == 0 || y == 0)
                    table[x, y] = x + y;
                else
                    table[x, y] = Math.Min(table[x - 1, y - 1] + (a[x - 1] == b[y - 1] ? 0 : 1), 1 + Math.Min(table[x - 1, y], table[x, y - 1]));
            }
        }
        return table;
    }

    private static List<(int, int)> MatchesOfTable(int[] a, int[] b)
    {
        int[,] table = Table(a, b);
        var matches = new List<(int, int)>();
        for (int x = a.Length, y = b.Length; x > 0 || y > 0;)
        {
            if (x > 0 && y > 0 && a[x - 1] == b[y - 1])
                matches.Add((--x, --y));
            else if (x > 0 && y > 0 && table[x, y] == table[x - 1, y - 1] + 1)
                (x, y) = (x - 1, y - 1);
            else if (x > 0 && table[x, y] == table[x - 1, y] + 1)
                x--;
            else
                y--;
        }
        matches.Reverse();
        return matches;
    }
}
