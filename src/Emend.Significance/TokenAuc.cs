namespace Emend.Significance;

/// <summary>Area under the ROC curve: the chance that a token which people changed is scored above one which they kept; ties half.</summary>
public static class TokenAuc
{
    /// <summary>The area, from the rank sum of Mann and Whitney 1947; null where there is nothing to tell apart (only one class).</summary>
    /// <param name="scores">Per token, higher meaning "a person would change this": for a reward model, the reward with its sign turned.</param>
    /// <param name="changed">Per token, whether a person changed it.</param>
    public static double? Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> changed)
    {
        if (scores.Length != changed.Length)
            throw new ArgumentException($"{scores.Length} scores and {changed.Length} labels do not belong to the same tokens");
        double[] sorted = scores.ToArray();
        bool[] labels = changed.ToArray();
        if (sorted.Any(double.IsNaN))
            throw new ArgumentException("a score is not a number, so it has no rank");
        Array.Sort(sorted, labels);

        double positives = labels.Count(label => label), negatives = labels.Length - positives;
        if (positives == 0 || negatives == 0)
            return null;
        double rankSum = 0;
        for (int start = 0; start < sorted.Length;)
        {
            int end = start, positivesHere = 0;
            for (; end < sorted.Length && sorted[end] == sorted[start]; end++)
                positivesHere += labels[end] ? 1 : 0;
            rankSum += positivesHere * ((start + 1.0 + end) / 2); // equal scores share the mean of their ranks start+1 .. end
            start = end;
        }
        return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
