namespace Emend.Models.Decoding;

/// <summary>A place for the keys and values of one sequence: taken, or free with what the last sequence left in it.</summary>
internal sealed class CacheSlot(int index)
{
    /// <summary>Its number in the lane.</summary>
    public int Index => index;

    /// <summary>The sequence that runs here; null for a free slot.</summary>
    public Sequence? Running { get; private set; }

    /// <summary>A free slot: the tokens, from the first on, whose keys and values it holds.</summary>
    public int[] Left { get; private set; } = [];

    /// <summary>When it was last used, in the scheduler's count.</summary>
    public long Used { get; set; }

    /// <summary>The tokens whose keys and values are here, or will be once the running prompt has been read.</summary>
    public ReadOnlySpan<int> Tokens => Running is null ? Left : Running.Prompt.AsSpan(0, Running.Reads);

    public void Enter(Sequence sequence)
    {
        Running = sequence;
        Left = [];
        sequence.Slot = index;
    }

    /// <summary>The sequence ends. What it has read stays, where it may.</summary>
    public void Leave(bool stays)
    {
        if (stays && Running is { } sequence)
        {
            int response = Math.Max(0, sequence.Done - sequence.Prompt.Length);
            Left = [.. sequence.Prompt.AsSpan(0, sequence.Done - response), .. sequence.Response.Take(response)];
        }
        Running = null;
    }

    /// <summary>Forgets what is here.</summary>
    public void Clear() => (Running, Left) = (null, []);
}
