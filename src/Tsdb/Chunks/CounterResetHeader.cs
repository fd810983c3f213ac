namespace Tsdb.Chunks;

/// <summary>What a histogram chunk's flags say about its beginning.</summary>
/// <remarks>Layout: docs/formats/chunks.md.</remarks>
internal enum CounterResetHeader : byte
{
    /// <summary>Nothing is known.</summary>
    Unknown = 0x00,

    /// <summary>Counting goes on from the chunk before.</summary>
    NotReset = 0x40,

    /// <summary>Counting started anew.</summary>
    Reset = 0x80,

    /// <summary>The samples are no counters.</summary>
    Gauge = 0xc0,
}
