namespace Tsdb.Chunks;

/// <summary>What must be remembered about an open XOR chunk to append to it. <c>default</c> is an empty chunk.</summary>
/// <remarks>32 bytes and no references, so that it can live in native memory beside the series.</remarks>
internal struct XorAppendState
{
    /// <summary>Value of <see cref="Leading"/> before any value differed from the one before.</summary>
    public const byte NoWindow = 0xff;

    /// <summary>Time of the last sample, Unix milliseconds.</summary>
    public long LastTimestampMs;

    /// <summary>Bits of the last value.</summary>
    public ulong LastValueBits;

    /// <summary>Time between the last two samples, milliseconds; 0 with fewer than two.</summary>
    public long LastDeltaMs;

    /// <summary>Bits in use, the sample count's 16 included; 0 only when empty.</summary>
    public uint BitLength;

    /// <summary>Samples in the chunk.</summary>
    public ushort SampleCount;

    /// <summary>Leading zero bits of the current value window, 0 to 31, or <see cref="NoWindow"/>.</summary>
    public byte Leading;

    /// <summary>Trailing zero bits of the current value window.</summary>
    public byte Trailing;

    /// <summary>Bytes in use; the rest of the last byte is zero.</summary>
    public readonly int LengthBytes => (int)((BitLength + 7) >> 3);
}
