namespace Receiver.Telemetry;

/// <summary>Additions to a shared double without a lock.</summary>
internal static class AtomicDouble
{
    /// <summary>Adds and retries while another thread is faster.</summary>
    public static void Add(ref double location, double amount)
    {
        var seen = Volatile.Read(ref location);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref location, seen + amount, seen);
            // Compared as bits: NaN differs from itself and would loop for ever.
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen)) return;
            seen = before;
        }
    }
}
