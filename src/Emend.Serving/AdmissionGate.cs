namespace Emend.Serving;

/// <summary>Counts the responses that run or wait, so that no more come in than the limits allow.</summary>
internal sealed class AdmissionGate(int capacity)
{
    private int _inside;

    public int Capacity => capacity;

    /// <summary>Lets all of them in, or none.</summary>
    /// <exception cref="ApiException">There is no room.</exception>
    public IDisposable Enter(int count)
    {
        if (count > capacity)
            throw ApiException.Invalid($"the request asks for {count} responses; this server runs and queues at most {capacity}", "n");
        if (Interlocked.Add(ref _inside, count) > capacity)
        {
            Interlocked.Add(ref _inside, -count);
            throw ApiException.TooBusy("too many requests are running and waiting; try again in a moment");
        }
        return new Stay(this, count);
    }

    private sealed class Stay(AdmissionGate gate, int count) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                Interlocked.Add(ref gate._inside, -count);
        }
    }
}
