namespace Tsdb.Wal;

/// <summary>What a checkpoint looked at and left out. Histograms count as samples.</summary>
internal record struct CheckpointStats
{
    /// <summary>Series entries read.</summary>
    public long TotalSeries;

    /// <summary>Series entries left out.</summary>
    public long DroppedSeries;

    /// <summary>Samples and histograms read.</summary>
    public long TotalSamples;

    /// <summary>Samples and histograms left out.</summary>
    public long DroppedSamples;

    /// <summary>Tombstone intervals read.</summary>
    public long TotalTombstones;

    /// <summary>Tombstone intervals left out.</summary>
    public long DroppedTombstones;

    /// <summary>Exemplars read.</summary>
    public long TotalExemplars;

    /// <summary>Exemplars left out.</summary>
    public long DroppedExemplars;

    /// <summary>Metadata entries read.</summary>
    public long TotalMetadata;

    /// <summary>Metadata entries left out, superseded ones included.</summary>
    public long DroppedMetadata;
}
