using Tsdb.Chunks;

namespace Tsdb.Head;

/// <summary>The open chunk of a series of native histograms and its newest sample. Belongs to the series' stripe lock.</summary>
internal sealed class OpenHistograms
{
    /// <summary>Bytes a chunk should have in the end.</summary>
    private const int TargetBytes = 1024;

    /// <summary>Below so many samples a chunk is only cut at the end of its range, however large.</summary>
    private const int SamplesMin = 10;

    /// <summary>The objects of a series without their arrays: newest sample, chunk, encoder, layout, three lists and the map's
    /// entry.</summary>
    private const int ObjectsBytes = 800;

    /// <summary>Bytes on the heap.</summary>
    public long SizeBytes => ObjectsBytes + Last.CapacityBytes + (Chunk?.CapacityBytes ?? 0);

    /// <summary>What of them is counted.</summary>
    public long CountedBytes { get; set; }

    /// <summary>The chunk being filled; null after a cut and when collection dropped it.</summary>
    public HistogramChunk? Chunk { get; set; }

    /// <summary>The newest sample as it came, to recognise it when it comes again.</summary>
    public NewestHistogram Last { get; } = new();

    /// <summary>Whether the chunk's end was planned. Stays set when a counter reset begins a chunk, as upstream has it.</summary>
    public bool IsPlanned { get; set; }

    /// <summary>Whether the open chunk must be completed before a sample at <paramref name="t"/>; may plan its end.</summary>
    /// <remarks>Rules: docs/formats/head.md. The chunk itself may still refuse the sample.</remarks>
    public bool MustCut(ref MemSeries series, long t, bool isFloat, long rangeEnd)
    {
        var chunk = Chunk!;
        if (chunk.IsFloat != isFloat) return true;
        var size = chunk.Bytes.Length;
        var end = IsPlanned ? rangeEnd : series.NextChunkAtMs;
        if (!IsPlanned && size >= TargetBytes / 4)
        {
            series.NextChunkAtMs = OpenChunk.PlanEnd(
                series.ChunkMinTimeMs, series.LastTimestampMs, series.NextChunkAtMs, (double)TargetBytes / size);
            IsPlanned = true;
        }
        return (t >= series.NextChunkAtMs || size >= 2 * TargetBytes) && (chunk.SampleCount >= SamplesMin || t >= end);
    }
}
