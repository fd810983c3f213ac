using Tsdb.Chunks;

namespace Tsdb.Head;

/// <summary>The open chunk of a series of native histograms and its newest sample. Belongs to the series' stripe lock.</summary>
internal sealed class OpenHistograms
{
    /// <summary>Bytes a chunk should have in the end.</summary>
    private const int TargetBytes = 1024;

    /// <summary>Below so many samples a chunk is only cut at the end of its range, however large.</summary>
    private const int SamplesMin = 10;

    /// <summary>Bytes of this object, about.</summary>
    public const int ObjectBytes = 64;

    /// <summary>The objects of a series without their arrays: this, chunk, headers of its two arrays.</summary>
    private const int ObjectsBytes = ObjectBytes + HistogramChunk.ObjectBytes + (2 * 24);

    private NewestHistogram? _newest; // Null while it was never needed.
    private CounterResetHint _hint;
    private bool _isInChunk; // The newest sample is the chunk's last, bit for bit, all but its hint.

    /// <summary>Bytes on the heap; a layout that is shared counts with each chunk.</summary>
    public long SizeBytes =>
        ObjectsBytes + (_newest?.SizeBytes ?? 0) + (Chunk is null ? 0 : Chunk.CapacityBytes + Chunk.LayoutBytes);

    /// <summary>What of them is counted.</summary>
    public long CountedBytes { get; set; }

    /// <summary>The chunk being filled; null after a cut and when collection dropped it.</summary>
    public HistogramChunk? Chunk { get; private set; }

    /// <summary>Whether the newest sample says that the series ended with it.</summary>
    public bool IsStale => !_isInChunk && _newest is { IsStale: true };

    /// <summary>Whether the newest sample's counts are doubles.</summary>
    public bool IsFloat => _isInChunk ? Chunk!.IsFloat : _newest is { IsFloat: true };

    /// <summary>Whether the chunk's end was planned. Stays set when a counter reset begins a chunk, as upstream has it.</summary>
    public bool IsPlanned { get; set; }

    /// <summary>Whether the open chunk must be completed before a sample at <paramref name="t"/>; may plan its end.</summary>
    /// <remarks>Rules: docs/formats/head.md. The chunk itself may still refuse the sample.</remarks>
    public bool MustCut(ref MemSeries series, long t, bool isFloat, long rangeEnd)
    {
        var chunk = Chunk!;
        if (chunk.IsFloat != isFloat) return true;
        var size = chunk.LengthBytes;
        var end = IsPlanned ? rangeEnd : series.NextChunkAtMs;
        if (!IsPlanned && size >= TargetBytes / 4)
        {
            series.NextChunkAtMs = OpenChunk.PlanEnd(
                series.ChunkMinTimeMs, series.LastTimestampMs, series.NextChunkAtMs, (double)TargetBytes / size);
            IsPlanned = true;
        }
        return (t >= series.NextChunkAtMs || size >= 2 * TargetBytes) && (chunk.SampleCount >= SamplesMin || t >= end);
    }

    /// <summary>Takes note of a sample that was appended to a chunk, the same as before or another.</summary>
    public void Appended(HistogramChunk chunk, HistogramSample sample)
    {
        Chunk = chunk;
        _hint = sample.Hint;
        _isInChunk = chunk.IsLastExact;
        if (!_isInChunk) (_newest ??= new NewestHistogram()).CopyFrom(sample);
    }

    /// <summary>Sets the newest sample of a series without an open chunk.</summary>
    public void SetNewest(HistogramSample sample)
    {
        (_newest ??= new NewestHistogram()).CopyFrom(sample);
        _isInChunk = false;
    }

    /// <summary>Gives a sample the content of the newest one as it came, to recognise it when it comes again.</summary>
    public void CopyNewest(HistogramSample sample)
    {
        if (!_isInChunk)
        {
            (_newest ??= new NewestHistogram()).CopyTo(sample);
            return;
        }
        Chunk!.CopyLast(sample);
        sample.Hint = _hint;
    }

    /// <summary>Forgets the chunk, not the newest sample.</summary>
    public void DropChunk()
    {
        if (_isInChunk)
        {
            var sample = new HistogramSample();
            CopyNewest(sample);
            SetNewest(sample);
        }
        Chunk = null;
    }
}
