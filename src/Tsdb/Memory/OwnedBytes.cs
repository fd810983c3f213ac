namespace Tsdb.Memory;

/// <summary>The bytes that all heads of the process own, native and on the GC heap: what their share of the memory limit is held
/// against.</summary>
/// <remarks>Every owner adds what it takes and subtracts it when it gives it back, at the latest with its disposal.</remarks>
internal static class OwnedBytes
{
    private static long s_total;

    /// <summary>Bytes owned now.</summary>
    public static long Total => Volatile.Read(ref s_total);

    /// <summary>Counts bytes taken, or given back when negative.</summary>
    public static void Add(long bytes) => Interlocked.Add(ref s_total, bytes);
}
