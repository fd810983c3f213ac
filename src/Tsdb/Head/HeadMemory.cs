namespace Tsdb.Head;

/// <summary>Bytes of a head that are backed by memory, by the parts of the byte budget.</summary>
/// <param name="SeriesStructs">Hot and cold structs.</param>
/// <param name="LabelReferences">Label pair references of the series.</param>
/// <param name="IdentityTable">Hash table and other spellings.</param>
/// <param name="PairsAndPostings">Distinct labels with their posting lists.</param>
/// <param name="Symbols">Label text.</param>
/// <param name="OpenChunks">Bytes of open and unwritten chunks.</param>
/// <param name="FullChunkReferences">References to complete chunks.</param>
/// <param name="Histograms">Open and unwritten chunks of native histograms, partly on the GC heap.</param>
/// <param name="OutOfOrder">Samples that came out of order and references to their chunks, on the GC heap, about.</param>
/// <param name="Exemplars">Exemplars, on the GC heap.</param>
/// <param name="Deletions">Deleted ranges, on the GC heap.</param>
/// <param name="Metadata">Type, unit and help, on the GC heap.</param>
public readonly record struct HeadMemory(
    long SeriesStructs, long LabelReferences, long IdentityTable, long PairsAndPostings, long Symbols, long OpenChunks,
        long FullChunkReferences, long Histograms, long OutOfOrder, long Exemplars, long Deletions, long Metadata)
{
    /// <summary>All parts together.</summary>
    public long Total =>
        SeriesStructs + LabelReferences + IdentityTable + PairsAndPostings + Symbols + OpenChunks + FullChunkReferences
            + Histograms + OutOfOrder + Exemplars + Deletions + Metadata;

    internal static HeadMemory Of(TsdbHead head)
    {
        var (labelReferences, pairs, symbols) = head.Index.AllocatedBytes;
        return new HeadMemory(
            head.Series.Hot.CommittedBytes + head.Series.Cold.CommittedBytes, labelReferences, head.Table.AllocatedBytes, pairs,
                symbols,
            head.Series.Blocks.CommittedBytes, head.Series.Full.CommittedBytes, head.Series.Histograms.SizeBytes,
            head.Late.AllocatedBytes,
            head.Exemplars.SizeBytes, head.Tombstones.AllocatedBytes, head.Metadata.SizeBytes);
    }
}
