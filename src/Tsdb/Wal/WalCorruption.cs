namespace Tsdb.Wal;

/// <summary>Where and why a reader stopped.</summary>
/// <param name="Directory">The directory read: a log's or a checkpoint's.</param>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Offset">Bytes of the segment consumed when the defect was seen, zero-extension to a whole page
/// included.</param>
/// <param name="Cause">What is wrong, in upstream's words.</param>
internal readonly record struct WalCorruption(string Directory, int Segment, long Offset, string Cause)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"corruption in segment {Path.Combine(Directory, SegmentDirectory.FileName(Segment))} at {Offset}: {Cause}";
}
