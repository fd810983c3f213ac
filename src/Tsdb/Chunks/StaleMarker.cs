namespace Tsdb.Chunks;

/// <summary>The NaN that says "this series ended here". Compare bits: as a double it equals nothing.</summary>
internal static class StaleMarker
{
    /// <summary>Its IEEE 754 bits.</summary>
    public const ulong Bits = 0x7ff0000000000002;
}
