using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Re-encodes one record after another with only the entries that a checkpoint keeps.</summary>
/// <remarks>Metadata is collected and comes out as one record at the end: the newest entry of each series.</remarks>
internal sealed class CheckpointFilter(long minTimeMs, Func<ulong, bool> keep) : IDisposable
{
    private readonly ByteBuffer _kept = new();
    private readonly ByteBuffer _split = new(1024);
    private readonly HistogramSample _histogram = new();
    private readonly Dictionary<ulong, (byte Type, byte[] Unit, byte[] Help)> _metadata = [];
    private CheckpointStats _stats;

    /// <summary>What was looked at and left out.</summary>
    public CheckpointStats Stats => _stats;

    /// <summary>Why the last record could not be read; null when it could.</summary>
    public string? Error { get; private set; }

    /// <summary>Reduces one record.</summary>
    /// <param name="record">A record of any type.</param>
    /// <param name="kept">What is left of it; valid until the next call.</param>
    /// <returns>False when nothing is left of it. Of a damaged record (<see cref="Error"/>) the entries in front of the defect
    /// are
    /// left.</returns>
    public bool TryFilter(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> kept)
    {
        _kept.Clear();
        _split.Clear();
        var type = RecordTypes.Of(record);
        var (status, count) = type switch
        {
            RecordType.Series => Series(record),
            RecordType.Samples => Samples(record),
            RecordType.Tombstones => Tombstones(record),
            RecordType.Exemplars => Exemplars(record),
            RecordType.Metadata => Metadata(record),
            >= RecordType.Histograms and <= RecordType.CustomFloatHistograms => Histograms(record, type),
            _ => (RecordStatus.Ok, 0), // Markers belong to the other log; what is unknown cannot be filtered.
        };
        Error = status == RecordStatus.Ok ? null : RecordTypes.DecodeError(type, status, count);
        kept = _kept.Written;
        return !kept.IsEmpty;
    }

    /// <summary>What the last record left beside: a record with start timestamps holds histograms of all schemas, and is kept
    /// as two
    /// without. False when there is nothing. Valid until the next record.</summary>
    public bool TrySplitOff(out ReadOnlySpan<byte> kept)
    {
        kept = _split.Written;
        return !kept.IsEmpty;
    }

    /// <summary>The record of the newest metadata; false when there is none. Valid until the next call.</summary>
    public bool TryMetadata(out ReadOnlySpan<byte> record)
    {
        _kept.Clear();
        if (_metadata.Count > 0) RecordEncoder.Begin(_kept, RecordType.Metadata);
        foreach (var (seriesRef, entry) in _metadata)
            RecordEncoder.AddMetadata(_kept, seriesRef, entry.Type, entry.Unit, entry.Help);
        record = _kept.Written;
        return _metadata.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kept.Dispose();
        _split.Dispose();
    }

    private (RecordStatus Status, int Count) Series(ReadOnlySpan<byte> record)
    {
        var entries = new SeriesReader(record);
        while (entries.Read())
        {
            _stats.TotalSeries++;
            if (!keep(entries.Ref))
            {
                _stats.DroppedSeries++;
                continue;
            }
            if (_kept.Length == 0) RecordEncoder.Begin(_kept, RecordType.Series);
            RecordEncoder.AddSeries(_kept, entries.Ref, entries.Labels);
        }
        return (entries.Status, entries.Count);
    }

    private (RecordStatus Status, int Count) Samples(ReadOnlySpan<byte> record)
    {
        var entries = new SamplesReader(record);
        SamplesRecord kept = default;
        while (entries.Read())
        {
            _stats.TotalSamples++;
            if (entries.TimestampMs < minTimeMs)
            {
                _stats.DroppedSamples++;
                continue;
            }
            if (_kept.Length == 0) kept = SamplesRecord.Begin(_kept, entries.Ref, entries.TimestampMs);
            kept.Add(entries.Ref, entries.TimestampMs, entries.ValueBits);
        }
        return (entries.Status, entries.Count);
    }

    private (RecordStatus Status, int Count) Tombstones(ReadOnlySpan<byte> record)
    {
        var entries = new TombstonesReader(record);
        while (entries.Read())
        {
            _stats.TotalTombstones++;
            // Independent of the series, as in the upstream that Thanos links: one for an unknown series is ignored at replay.
            if (entries.MaxTimeMs < minTimeMs)
            {
                _stats.DroppedTombstones++;
                continue;
            }
            if (_kept.Length == 0) RecordEncoder.Begin(_kept, RecordType.Tombstones);
            RecordEncoder.AddTombstone(_kept, entries.Ref, entries.MinTimeMs, entries.MaxTimeMs);
        }
        return (entries.Status, entries.Count);
    }

    private (RecordStatus Status, int Count) Exemplars(ReadOnlySpan<byte> record)
    {
        var entries = new ExemplarsReader(record);
        ExemplarsRecord kept = default;
        while (entries.Read())
        {
            _stats.TotalExemplars++;
            if (entries.TimestampMs < minTimeMs)
            {
                _stats.DroppedExemplars++;
                continue;
            }
            if (_kept.Length == 0) kept = ExemplarsRecord.Begin(_kept, entries.Ref, entries.TimestampMs);
            kept.Add(entries.Ref, entries.TimestampMs, entries.ValueBits, entries.Labels);
        }
        return (entries.Status, entries.Count);
    }

    private (RecordStatus Status, int Count) Histograms(ReadOnlySpan<byte> record, RecordType type)
    {
        var entries = new HistogramsReader(record, _histogram);
        var isMixed = RecordTypes.HasStartTimes(record);
        HistogramsRecord kept = default;
        HistogramsRecord split = default;
        while (entries.Read())
        {
            _stats.TotalSamples++;
            if (entries.TimestampMs < minTimeMs)
            {
                _stats.DroppedSamples++;
                continue;
            }
            if (isMixed && _histogram.Schema == HistogramSample.CustomSchema)
            {
                var custom = HistogramsRecord.TypeOf(_histogram);
                if (_split.Length == 0) split = HistogramsRecord.Begin(_split, custom, entries.Ref, entries.TimestampMs);
                split.Add(entries.Ref, entries.TimestampMs, _histogram);
                continue;
            }
            if (_kept.Length == 0) kept = HistogramsRecord.Begin(_kept, type, entries.Ref, entries.TimestampMs);
            kept.Add(entries.Ref, entries.TimestampMs, _histogram);
        }
        return (entries.Status, entries.Count);
    }

    private (RecordStatus Status, int Count) Metadata(ReadOnlySpan<byte> record)
    {
        var entries = new MetadataReader(record);
        while (entries.Read())
        {
            _stats.TotalMetadata++;
            var needed = keep(entries.Ref);
            if (!needed || _metadata.ContainsKey(entries.Ref)) _stats.DroppedMetadata++;
            if (needed) _metadata[entries.Ref] = (entries.Type, entries.Unit.ToArray(), entries.Help.ToArray());
        }
        return (entries.Status, entries.Count);
    }
}
