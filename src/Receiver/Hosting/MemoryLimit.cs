namespace Receiver.Hosting;

/// <summary>How much memory the process may use, and which share of it goes to what.</summary>
public static class MemoryLimit
{
    /// <summary>The flag's value; without it 90 % of the control group's limit, or of the machine's memory.</summary>
    /// <param name="flagBytes">--memory.limit; 0 = not given.</param>
    public static long Resolve(long flagBytes) =>
        flagBytes > 0 ? flagBytes : (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 0.9);

    /// <summary>What the heads of all tenants may hold: five eighths. The rest is for bodies, messages, and what the runtime
    /// manages.</summary>
    public static long ForHeads(long limitBytes) => limitBytes / 8 * 5;

    /// <summary>What bodies of write requests may hold together: an eighth, at least two bodies of the largest size.</summary>
    public static long ForBodies(long limitBytes) => Math.Max(limitBytes / 8, 128L << 20);

    /// <summary>What messages of gRPC calls may hold together: an eighth.</summary>
    public static long ForMessages(long limitBytes) => Math.Max(limitBytes / 8, 128L << 20);
}
