namespace Tsdb.Chunks;

/// <summary>Walks the samples of a histogram chunk, integer or float. The first malformed field ends the walk; check
/// <see cref="IsFailed"/> after the loop.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Allocates per chunk, not per sample. Schemas 9 to 52 are given as they are
/// stored.</remarks>
public ref struct HistogramChunkIterator
{
    private readonly HistogramLayout? _layout;
    private readonly HistogramValues? _values;
    private readonly CounterResetHeader _header;
    private BitReader _reader;
    private int _read;
    private long _timeDelta;
    private ulong _sumBits;
    private byte _sumLeading;
    private byte _sumTrailing;
    private StartTimes _startTimes;

    /// <summary>Starts before the first sample.</summary>
    /// <param name="chunk">The chunk's stream, sample count first.</param>
    /// <param name="encoding"><see cref="ChunkEncoding.Histogram"/>, <see cref="ChunkEncoding.FloatHistogram"/>, or one of the
    /// two with
    /// start timestamps, which are dropped.</param>
    /// <param name="current">Overwritten with each sample.</param>
    public HistogramChunkIterator(ReadOnlySpan<byte> chunk, ChunkEncoding encoding, HistogramSample current)
    {
        Current = current;
        IsFloat = encoding is ChunkEncoding.FloatHistogram or ChunkEncoding.FloatHistogramSt;
        _reader = new BitReader(chunk, HistogramEncoder.HeaderBytes);
        if (chunk.Length < HistogramEncoder.HeaderBytes)
        {
            _reader.Fail();
            return;
        }
        SampleCount = LaterEncodings.SampleCount(chunk, encoding);
        // With start times the flags share the count's bytes, and the third byte is about the start times.
        var hasStartTimes = LaterEncodings.Includes(encoding);
        _header = (CounterResetHeader)(chunk[hasStartTimes ? 0 : 2] & (byte)CounterResetHeader.Gauge);
        if (hasStartTimes) _startTimes = new StartTimes(chunk[2]);
        if (SampleCount == 0) return;
        _layout = HistogramLayout.Read(ref _reader, (ulong)chunk.Length * 8);
        if (_reader.IsFailed) return;
        _values = new HistogramValues(IsFloat, HistogramValues.CountsLength + _layout.PositiveCount + _layout.NegativeCount);
    }

    /// <summary>Samples the chunk says it holds.</summary>
    public int SampleCount { get; }

    /// <summary>Whether counts are doubles.</summary>
    public bool IsFloat { get; }

    /// <summary>Whether the chunk ended early or is malformed.</summary>
    public readonly bool IsFailed => _reader.IsFailed;

    /// <summary>What all samples share; null when there are none.</summary>
    internal readonly HistogramLayout? Layout => _layout;

    /// <summary>What the chunk says about its beginning.</summary>
    internal readonly CounterResetHeader Header => _header;

    /// <summary>Time of the sample at the position, Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>The sample at the position; a stale marker has nothing but its sum. The hint is "gauge" in a gauge chunk,
    /// else "not a reset" for all but the chunk's first sample.</summary>
    public HistogramSample Current { get; }

    /// <summary>Steps to the next sample.</summary>
    public bool MoveNext()
    {
        if (_read == SampleCount || _reader.IsFailed) return false;
        if (_read == 0) ReadFirst();
        else ReadNext();
        _startTimes.SkipOne(ref _reader);
        if (_reader.IsFailed) return false;
        Show();
        _read++;
        return true;
    }

    private void ReadFirst()
    {
        TimestampMs = Varbit.ReadInt(ref _reader);
        _values!.ReadFirst(ref _reader, 0, HistogramValues.CountsLength);
        _sumBits = _reader.Read(64);
        if (_sumBits != StaleMarker.Bits) _values.ReadFirst(ref _reader, HistogramValues.CountsLength, BucketCount());
    }

    private void ReadNext()
    {
        _timeDelta += Varbit.ReadInt(ref _reader);
        TimestampMs += _timeDelta;
        _values!.ReadNext(ref _reader, 0, HistogramValues.CountsLength);
        _sumBits ^= XorValue.Read(ref _reader, ref _sumLeading, ref _sumTrailing);
        if (_sumBits != StaleMarker.Bits) _values.ReadNext(ref _reader, HistogramValues.CountsLength, BucketCount());
    }

    private readonly int BucketCount() => _layout!.PositiveCount + _layout.NegativeCount;

    private readonly void Show()
    {
        Current.Clear();
        Current.IsFloat = IsFloat;
        Current.SumBits = _sumBits;
        if (_sumBits == StaleMarker.Bits) return;
        Current.Hint = _header == CounterResetHeader.Gauge ? CounterResetHint.Gauge
            : _read > 0 ? CounterResetHint.NotReset : CounterResetHint.Unknown;
        _layout!.CopyTo(Current);
        var values = _values!.Last;
        (Current.Count, Current.ZeroCount) = (values[0], values[1]);
        var buckets = values[HistogramValues.CountsLength..];
        HistogramSample.Replace(Current.PositiveBuckets, buckets[.._layout.PositiveCount]);
        HistogramSample.Replace(Current.NegativeBuckets, buckets[_layout.PositiveCount..]);
    }
}
