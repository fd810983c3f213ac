namespace Tsdb.Head.Snapshots;

/// <summary>Numbers of the records in a memory snapshot. They are not the log's.</summary>
/// <remarks>Layout: docs/formats/head.md, "Memory snapshot".</remarks>
internal static class SnapshotRecord
{
    /// <summary>A series: reference, labels, open chunk, newest sample.</summary>
    public const byte Series = 1;

    /// <summary>Deleted ranges of all series; there always is one.</summary>
    public const byte Tombstones = 2;

    /// <summary>Exemplars, in the form of the log's records.</summary>
    public const byte Exemplars = 3;

    /// <summary>First byte of the deleted ranges.</summary>
    public const byte TombstonesVersion = 1;

    /// <summary>First time of a range that is empty: it deletes nothing, and says that its reference and all below are
    /// taken.</summary>
    public const long NothingMinMs = 1;

    /// <summary>Last time of that range.</summary>
    public const long NothingMaxMs = 0;

    /// <summary>Words of the four samples that follow a chunk of floats, a time and a value each; the last is the newest
    /// value.</summary>
    public const int RingWords = 8;

    /// <summary>End of the name of a snapshot that is being written.</summary>
    public const string TemporarySuffix = ".tmp";
}
