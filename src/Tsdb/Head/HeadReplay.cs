using Tsdb.Chunks;
using Tsdb.Head.Deletions;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Head.OutOfOrder;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>Rebuilds a head from its log: the newest checkpoint, then the segments after it, in order.</summary>
/// <remarks>
/// Streams; memory is the head that results. Samples below the head's minimum valid time are in blocks and skipped, samples that
/// are not newer than the series' last are dropped as the append path drops them. A series logged under a second reference is
/// followed under both.
/// </remarks>
internal sealed class HeadReplay(TsdbHead head, DatabaseOptions options, LateReplay late, Action saveChunks) : IDisposable
{
    /// <summary>Samples between two moves of complete chunks to files: bounds what replay holds in memory beyond the
    /// head.</summary>
    private const int SaveEverySamples = 8_000_000;

    private readonly Dictionary<ulong, uint> _byRef = [];
    private readonly ByteBuffer _scratch = new(1024);
    private readonly HistogramSample _histogram = new();
    private long _samplesSinceSave;

    private ExemplarsReplay Exemplars => field ??= new ExemplarsReplay(head, IndexOf);

    private MetadataReplay Metadata => field ??= new MetadataReplay(head, IndexOf);

    private TombstonesReplay Tombstones => field ??= new TombstonesReplay(head, _byRef);

    /// <summary>Replays a log directory, which nobody writes to meanwhile; what cannot be read is passed over, logged and set
    /// aside.</summary>
    public void RunAndRepair(string directory)
    {
        var damage = new DamageReport(directory, options.Log);
        foreach (var part in damage.Parts)
        {
            using (var reader = damage.Open(part)) Read(reader);
            if (part.Directory != directory) continue;
            options.Log($"WAL segment loaded segment={part.Segment} maxSegment={damage.Parts[^1].Segment}");
        }
        head.Counters.WalCorruptions += damage.Count;
        damage.Repair(options.Disk);
        var unknown = head.Counters.ReplayUnknownSamples;
        if (unknown > 0) options.Log($"Unknown series references samples={unknown}");
    }

    /// <summary>The series that a reference of the log means, or <see cref="AppendItem.NoSeries"/>.</summary>
    public uint IndexOf(ulong reference) => _byRef.TryGetValue(reference, out var index) ? index : AppendItem.NoSeries;

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private void Read(SegmentReader reader)
    {
        while (reader.Read())
        {
            var record = reader.Record;
            switch (RecordTypes.Of(record))
            {
                case RecordType.Series:
                    ReadSeries(record);
                    break;
                case RecordType.Samples:
                    ReadSamples(record);
                    break;
                case >= RecordType.Histograms and <= RecordType.CustomFloatHistograms:
                    ReadHistograms(record);
                    break;
                case RecordType.Tombstones:
                    Tombstones.Read(record);
                    break;
                case RecordType.Exemplars:
                    Exemplars.Read(record);
                    break;
                case RecordType.Metadata:
                    Metadata.Read(record);
                    break;
                default:
                    break;
            }
            if (_samplesSinceSave < SaveEverySamples) continue;
            saveChunks();
            _samplesSinceSave = 0;
        }
    }

    private void ReadSeries(ReadOnlySpan<byte> record)
    {
        var reader = new SeriesReader(record);
        while (reader.Read())
        {
            head.RaiseLastRef(reader.Ref);
            var key = CanonicalKey.Compute(reader.Labels, _scratch);
            var index = head.Table.Find(key);
            if (index == AppendItem.NoSeries)
            {
                index = head.Create(key, reader.Labels, reader.Ref);
                head.Table.Add(key, index);
            }
            else if (head.Series.Cold[index].Ref != reader.Ref)
            {
                head.SecondRefs.Add(reader.Ref);
            }
            _byRef[reader.Ref] = index;
            late.Attach(reader.Ref, index);
        }
    }

    private void ReadSamples(ReadOnlySpan<byte> record)
    {
        var (series, minValid) = (head.Series, head.Times.MinValidMs);
        long lowest = long.MaxValue, highest = long.MinValue;
        var (lastRef, lastIndex) = (0UL, AppendItem.NoSeries);
        var reader = new SamplesReader(record);
        while (reader.Read())
        {
            if (reader.TimestampMs < minValid) continue;
            if (reader.Ref != lastRef && !_byRef.TryGetValue(reader.Ref, out lastIndex)) lastIndex = AppendItem.NoSeries;
            lastRef = reader.Ref;
            if (lastIndex == AppendItem.NoSeries)
            {
                head.RaiseLastRef(reader.Ref); // Its series record is lost; no other series may bear the reference.
                head.Counters.ReplayUnknownSamples++;
                continue;
            }
            ref var state = ref series.Hot[lastIndex];
            var isLate = reader.TimestampMs <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue;
            // As upstream, samples that were not in order widen the bounds as well.
            if (isLate && !late.Widens(reader.Ref, reader.TimestampMs)) continue;
            lowest = Math.Min(lowest, reader.TimestampMs);
            highest = Math.Max(highest, reader.TimestampMs);
            if (!isLate) series.Append(lastIndex, ref state, reader.TimestampMs, reader.ValueBits);
        }
        _samplesSinceSave += reader.Count;
        Widen(lowest, highest);
    }

    private void ReadHistograms(ReadOnlySpan<byte> record)
    {
        var (series, minValid) = (head.Series, head.Times.MinValidMs);
        long lowest = long.MaxValue, highest = long.MinValue;
        var reader = new HistogramsReader(record, _histogram);
        while (reader.Read())
        {
            if (reader.TimestampMs < minValid) continue;
            if (!_byRef.TryGetValue(reader.Ref, out var index))
            {
                head.RaiseLastRef(reader.Ref);
                head.Counters.ReplayUnknownSamples++;
                continue;
            }
            // Other programs' logs are not trusted to hold what the append path would have accepted.
            if (HistogramValidity.Fault(_histogram) is not null) continue;
            ref var state = ref series.Hot[index];
            var isLate = reader.TimestampMs <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue;
            if (isLate && !late.Widens(reader.Ref, reader.TimestampMs)) continue;
            lowest = Math.Min(lowest, reader.TimestampMs);
            highest = Math.Max(highest, reader.TimestampMs);
            if (!isLate) series.Append(index, ref state, reader.TimestampMs, _histogram);
        }
        _samplesSinceSave += reader.Count;
        Widen(lowest, highest);
    }

    private void Widen(long lowest, long highest)
    {
        if (highest == long.MinValue) return;
        head.Times.Initialise(lowest);
        head.Times.Widen(lowest, highest);
    }
}
