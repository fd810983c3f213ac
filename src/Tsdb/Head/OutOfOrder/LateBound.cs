using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head.OutOfOrder;

/// <summary>What a deletion in the out-of-order log covers of its series; it stands in front of the deleted range, in the same
/// record.</summary>
/// <remarks>
/// It has the form of a range that ends before it begins, which deletes nothing: first "time" the chunk's reference, last -1 or
/// -2. Being in the record itself it cannot be parted from the range, and no list is emptied for it. Layout: docs/formats/wal.md.
/// </remarks>
/// <param name="ChunkRef">Newest chunk of the series in the files that is covered.</param>
/// <param name="IsAllBefore">Whether everything in front of the record is covered, in files or not; else only what is in chunks
/// up to that one.</param>
internal readonly record struct LateBound(ulong ChunkRef, bool IsAllBefore)
{
    private const long AllBefore = -1;
    private const long ChunksOnly = -2;

    /// <summary>Reads an entry.</summary>
    /// <returns>Null when it is none.</returns>
    public static LateBound? Of(in TombstonesReader entry) => entry.MinTimeMs < 0 ? null : entry.MaxTimeMs switch
    {
        AllBefore => new LateBound((ulong)entry.MinTimeMs, IsAllBefore: true),
        ChunksOnly => new LateBound((ulong)entry.MinTimeMs, IsAllBefore: false),
        _ => null,
    };

    /// <summary>Appends the entry to a tombstones record.</summary>
    public void Write(ByteBuffer to, ulong seriesRef) =>
        RecordEncoder.AddTombstone(to, seriesRef, (long)ChunkRef, IsAllBefore ? AllBefore : ChunksOnly);
}
