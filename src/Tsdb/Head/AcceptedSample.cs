namespace Tsdb.Head;

/// <summary>A float on its way from decision to commit.</summary>
internal readonly struct AcceptedSample(in AppendItem item)
{
    /// <summary>Unix milliseconds.</summary>
    public readonly long TimestampMs = item.TimestampMs;

    /// <summary>The value's bits.</summary>
    public readonly ulong ValueBits = item.ValueBits;

    /// <summary>The series' slot.</summary>
    public readonly uint Index = item.SeriesIndex;
}
