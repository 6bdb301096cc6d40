using System.Collections.Immutable;

namespace Emend.Serving;

/// <summary>
/// Lets text through as it comes, up to the first stop string, however the text is cut into pieces: what may be the beginning of a stop
/// string waits until it is known whether it is one. Of several, the one that is complete first ends the text.
/// </summary>
internal sealed class StopStrings(ImmutableArray<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop string has come; nothing is let through any more.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The text that this piece makes certain.</summary>
    public string Append(string piece)
    {
        if (Stopped)
            return "";
        if (stops.IsEmpty)
            return piece;
        _held += piece;
        if (FirstStop() is int start)
        {
            Stopped = true;
            return Release(start, drop: true);
        }
        return Release(_held.Length - LongestBeginning(), drop: false);
    }

    /// <summary>What was still waiting: no stop string came of it.</summary>
    public string Finish() => Stopped ? "" : Release(_held.Length, drop: false);

    private string Release(int count, bool drop)
    {
        string free = _held[..count];
        _held = drop ? "" : _held[count..];
        return free;
    }

    /// <summary>Where the stop string starts that is complete first.</summary>
    private int? FirstStop()
    {
        int start = -1, end = int.MaxValue;
        foreach (string stop in stops)
        {
            int place = _held.IndexOf(stop, StringComparison.Ordinal);
            if (place >= 0 && (place + stop.Length < end || place + stop.Length == end && place < start))
                (start, end) = (place, place + stop.Length);
        }
        return start >= 0 ? start : null;
    }

    /// <summary>Length of the longest end of the held text that a stop string begins with.</summary>
    private int LongestBeginning()
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, _held.Length); length > longest; length--)
            {
                if (_held.AsSpan(_held.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
            }
        }
        return longest;
    }
}
