using Tsdb.Chunks;

namespace Tsdb.Wal;

/// <summary>Walks the entries of a histogram record of any type; start timestamps are passed over.</summary>
/// <remarks>
/// Entries whose schema nobody knows are passed over and counted in <see cref="Skipped"/>; schemas finer than 8 are reduced to
/// 8.
/// </remarks>
internal ref struct HistogramsReader
{
    // Exponential schemas of the format; finer ones than the largest usable are halved on reading.
    private const long SchemaMin = -9;
    private const long SchemaMax = 52;
    private const int UsableSchemaMax = 8;

    private readonly HistogramSample _histogram;
    private readonly bool _isFloat;
    private readonly bool _hasStartTimes;
    private readonly ulong _baseRef;
    private long _baseTimeMs; // With start times: that of the first entry.
    private RecordReader _in;

    /// <summary>Begins in front of the first entry.</summary>
    /// <param name="record">A record of type 7 to 10, 12 or 13.</param>
    /// <param name="histogram">Where each histogram is put.</param>
    public HistogramsReader(ReadOnlySpan<byte> record, HistogramSample histogram)
    {
        _histogram = histogram;
        var type = RecordTypes.Of(record);
        _isFloat = type is RecordType.FloatHistograms or RecordType.CustomFloatHistograms;
        _in = _isFloat
            ? new RecordReader(record, RecordType.FloatHistograms, RecordType.CustomFloatHistograms)
            : new RecordReader(record, RecordType.Histograms, RecordType.CustomHistograms);
        _hasStartTimes = RecordTypes.HasStartTimes(record);
        if (_in.AtEnd || _hasStartTimes) return;
        _baseRef = _in.ReadUInt64();
        _baseTimeMs = (long)_in.ReadUInt64();
    }

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, those passed over and a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>Entries passed over because of their schema.</summary>
    public int Skipped { get; private set; }

    /// <summary>The series' reference.</summary>
    public ulong Ref { get; private set; }

    /// <summary>Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>The histogram; valid until the next <see cref="Read"/>.</summary>
    public readonly HistogramSample Histogram => _histogram;

    /// <summary>Steps to the next entry with a known schema; false at the end and at a defect.</summary>
    public bool Read()
    {
        while (!_in.AtEnd)
        {
            ReadStart();
            var schema = ReadHistogram();
            Count++;
            if (_in.Status != RecordStatus.Ok) return false;
            if (schema == HistogramSample.CustomSchema || schema is >= SchemaMin and <= UsableSchemaMax) return true;
            if (schema is > UsableSchemaMax and <= SchemaMax)
            {
                HistogramResolution.Reduce(_histogram, UsableSchemaMax);
                return true;
            }
            Skipped++;
        }
        return false;
    }

    private void ReadStart()
    {
        // With start times references are differences to the entry before, passed over or not, and the first entry is absolute.
        Ref = (_hasStartTimes ? Ref : _baseRef) + (ulong)_in.ReadVarint();
        TimestampMs = _baseTimeMs + _in.ReadVarint();
        if (!_hasStartTimes) return;
        if (Count == 0) (_baseTimeMs, _) = (TimestampMs, _in.ReadUvarint());
        else _in.SkipStartTime();
    }

    private long ReadHistogram()
    {
        _histogram.Clear();
        _histogram.IsFloat = _isFloat;
        _histogram.Hint = (CounterResetHint)_in.ReadByte();
        var schema = _in.ReadVarint();
        _histogram.Schema = (int)schema;
        _histogram.ZeroThresholdBits = _in.ReadUInt64();
        _histogram.ZeroCount = _isFloat ? _in.ReadUInt64() : _in.ReadUvarint();
        _histogram.Count = _isFloat ? _in.ReadUInt64() : _in.ReadUvarint();
        _histogram.SumBits = _in.ReadUInt64();
        ReadSpans(_histogram.PositiveSpans);
        ReadSpans(_histogram.NegativeSpans);
        ReadBuckets(_histogram.PositiveBuckets);
        ReadBuckets(_histogram.NegativeBuckets);
        if (schema == HistogramSample.CustomSchema)
        {
            for (var left = _in.ReadCount(sizeof(double)); left > 0; left--) _histogram.CustomBounds.Add(_in.ReadUInt64());
        }
        return schema;
    }

    private void ReadSpans(List<BucketSpan> spans)
    {
        for (var left = _in.ReadCount(2); left > 0; left--)
            spans.Add(new BucketSpan((int)_in.ReadVarint(), (uint)_in.ReadUvarint()));
    }

    private void ReadBuckets(List<ulong> buckets)
    {
        if (_isFloat)
        {
            for (var left = _in.ReadCount(sizeof(double)); left > 0; left--) buckets.Add(_in.ReadUInt64());
            return;
        }
        for (var left = _in.ReadCount(1); left > 0; left--) buckets.Add((ulong)_in.ReadVarint());
    }
}
