using Tsdb.Chunks;
using Tsdb.Head.Deletions;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Head.OutOfOrder;
using Tsdb.Head.Replay;
using Tsdb.Head.Snapshots;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>Rebuilds a head from its log: the newest checkpoint, then the segments after it, in order.</summary>
/// <remarks>
/// <para>Streams; memory is the head that results. Records come from <see cref="RecordsAhead"/>; this thread creates series and
/// does everything that is not a sample, in the order of the log; labels go to <see cref="ReplayLabels"/> and samples to
/// <see cref="ReplayWorkers"/>. What touches a series' labels, samples or chunks calls <see cref="Drain"/> first.</para>
/// <para>Samples below the head's minimum valid time are in blocks and skipped, samples that chunk files have are stepped over,
/// and
/// those not newer than the series' last are dropped as the append path drops them. A series that was logged again under a new
/// reference is followed under both and goes on with the new one. Rules: docs/formats/wal.md, "Replay".</para>
/// </remarks>
internal sealed class HeadReplay : IDisposable
{
    /// <summary>Complete chunks that may wait in memory before they are moved to files: 16384 of at most 1 KiB are what replay
    /// needs beyond the head.</summary>
    private const int UnsavedChunksMax = 16_384;

    /// <summary>How many series ahead the slot of the table is fetched in which one will be looked up.</summary>
    private const int PrefetchAhead = 8;

    /// <summary>Records that cannot be decoded are told one by one up to here.</summary>
    private const int UndecodableLinesMax = 10;

    private readonly TsdbHead _head;
    private readonly DatabaseOptions _options;
    private readonly LoadedChunks _loaded;
    private readonly LateReplay _late;
    private readonly Action _saveChunks;
    private readonly ReplayWorkers _workers;
    private readonly ReplayLabels _labels;
    private readonly SeriesRefs _refs;
    private readonly UnknownRefs _unknown;
    private readonly TombstonesReplay _tombstones;
    private readonly ExemplarsReplay _exemplars;
    private readonly MetadataReplay _metadata;
    private readonly HistogramSample _histogram = new();
    private readonly Lock _logging = new();
    private readonly int _threads;
    private int _undecodable;
    private bool _hasSnapshot;

    /// <summary>Starts the workers.</summary>
    /// <param name="head">An empty head that knows its minimum valid time.</param>
    /// <param name="options">How many threads may work, and whom to tell.</param>
    /// <param name="loaded">Chunks that the files have.</param>
    /// <param name="late">Who takes what is out of order.</param>
    /// <param name="saveChunks">Moves complete chunks from memory to files.</param>
    public HeadReplay(TsdbHead head, DatabaseOptions options, LoadedChunks loaded, LateReplay late, Action saveChunks)
    {
        (_head, _options, _loaded, _late, _saveChunks) = (head, options, loaded, late, saveChunks);
        _threads = options.ReplayConcurrency > 0 ? options.ReplayConcurrency : Environment.ProcessorCount;
        _workers = new ReplayWorkers(head, late, _threads);
        _labels = new ReplayLabels(head, _threads > 1);
        _refs = new SeriesRefs(head.Series.Cold);
        _unknown = new UnknownRefs(head.Counters);
        _tombstones = new TombstonesReplay(head, _refs);
        _exemplars = new ExemplarsReplay(head, IndexOf, () => head.Times.MinValidMs);
        _metadata = new MetadataReplay(head, IndexOf);
    }

    /// <summary>Brings back what a memory snapshot holds; before the log.</summary>
    /// <returns>Why it is of no use, or null. The head is then of no use either.</returns>
    public string? ReadSnapshot(string directory)
    {
        _options.ReplayProgress(new ReplayProgress(ReplayPhase.Snapshot, 0, 1));
        _hasSnapshot = true;
        using var snapshot = new SnapshotReplay(_head, _refs, AttachChunks);
        using var reader = new SegmentReader(directory);
        while (reader.Read())
        {
            if (snapshot.Read(reader.Record) is { } problem)
                return new WalCorruption(directory, reader.Segment, reader.Offset, problem).ToString();
            if (snapshot.UnsavedChunks < UnsavedChunksMax) continue;
            SaveChunks();
            snapshot.UnsavedChunks = 0;
        }
        snapshot.Finish();
        return reader.Corruption?.ToString();
    }

    /// <summary>Replays a log directory, which nobody writes to meanwhile; what cannot be read is passed over, logged and set
    /// aside. All samples are applied when it returns.</summary>
    /// <param name="directory">The log.</param>
    /// <param name="from">Where the snapshot ends that was read before, if one was.</param>
    public void RunAndRepair(string directory, SnapshotPosition? from = null)
    {
        var damage = new DamageReport(directory, Log);
        var parts = new List<SegmentPart>();
        foreach (var part in damage.Parts)
        {
            if (from is null || IsBehind(part, directory, from.Value)) parts.Add(part);
        }
        using (var ahead = new RecordsAhead(parts.Count, Open, _threads > 1)) Read(ahead, parts, directory);
        Drain();
        _head.Counters.WalCorruptions += damage.Count;
        damage.Repair(_options.Disk);
        if (_unknown.Summary is { } unknown) Log(unknown);

        SegmentReader Open(int index)
        {
            var part = parts[index];
            var reader = damage.Open(part);
            if (part.Directory == directory && part.Segment == from?.Segment) reader.Skip(from.Value.Offset);
            return reader;
        }
    }

    /// <summary>Settles what the end of the log leaves open.</summary>
    /// <param name="files">Where complete chunks are.</param>
    public void Finish(HeadChunkFiles files)
    {
        using var end = new ReplayEnd(_head, files);
        var overlapping = end.Run(_workers.TakeDisplaced());
        if (overlapping > 0) Log($"Overlapping m-map chunks on duplicate series records chunks={overlapping}");
        var dropped = _loaded.DropRest();
        if (dropped > 0) Log($"chunks in files of series that the log does not know chunks={dropped}");
    }

    /// <summary>The series that a reference of the log means, or <see cref="AppendItem.NoSeries"/>.</summary>
    public uint IndexOf(ulong reference) => _refs.Find(reference);

    /// <summary>Waits until everything read so far is with its series.</summary>
    public void Drain()
    {
        _labels.Drain();
        _workers.Drain();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        _labels.Dispose();
    }

    /// <summary>Whether a snapshot lacks something of a part of the log.</summary>
    private static bool IsBehind(SegmentPart part, string directory, SnapshotPosition snapshot) =>
        part.Directory == directory ? part.Segment >= snapshot.Segment
            : SegmentDirectory.LastCheckpoint(directory) >= snapshot.Segment;

    private void Read(RecordsAhead ahead, List<SegmentPart> parts, string directory)
    {
        var checkpoints = 0;
        while (checkpoints < parts.Count && parts[checkpoints].Directory != directory) checkpoints++;
        var segments = parts.Count - checkpoints;
        if (checkpoints > 0) _options.ReplayProgress(new ReplayProgress(ReplayPhase.Checkpoint, 0, checkpoints));
        if (checkpoints == 0 && segments > 0) _options.ReplayProgress(new ReplayProgress(ReplayPhase.Wal, 0, segments));
        while (ahead.Next() is { } page)
        {
            var part = parts[page.Part];
            Read(page, part);
            if (!page.EndsPart) continue;
            var done = page.Part + 1;
            if (done <= checkpoints) _options.ReplayProgress(new ReplayProgress(ReplayPhase.Checkpoint, done, checkpoints));
            if (done < checkpoints) continue;
            if (segments > 0) _options.ReplayProgress(new ReplayProgress(ReplayPhase.Wal, done - checkpoints, segments));
            if (done > checkpoints) Log($"WAL segment loaded segment={part.Segment} maxSegment={parts[^1].Segment}");
        }
    }

    private void Read(RecordPage page, SegmentPart part)
    {
        for (var i = 0; i < page.Count; i++)
        {
            if (Replay(page, i) is { } problem)
                Tell(new WalCorruption(part.Directory, part.Segment, page.OffsetOf(i), problem));
            if (_workers.Cuts >= UnsavedChunksMax) SaveChunks();
        }
    }

    /// <summary>The thread that reads ahead tells of defects too.</summary>
    private void Log(string text)
    {
        lock (_logging) _options.Log(text);
    }

    /// <summary>Counts a record whose checksum fits and which nevertheless cannot be decoded to its end: what is in front of the
    /// defect is taken.</summary>
    private void Tell(in WalCorruption defect)
    {
        if (_undecodable++ < UndecodableLinesMax) Log($"WAL record left out err=\"{defect}\"");
        _head.Counters.WalCorruptions++;
    }

    /// <summary>Takes one record; what is not about samples happens at once.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    private string? Replay(RecordPage page, int number)
    {
        var record = page[number];
        var type = RecordTypes.Of(record);
        var (status, count) = type switch
        {
            RecordType.Series => ReadSeries(page, number),
            RecordType.Samples => ReadSamples(record),
            >= RecordType.Histograms and <= RecordType.CustomFloatHistograms => ReadHistograms(record),
            RecordType.Tombstones => ReadTombstones(record),
            RecordType.Exemplars => ReadExemplars(record),
            RecordType.Metadata => _metadata.Read(record),
            _ => (RecordStatus.Ok, 0),
        };
        return status == RecordStatus.Ok ? null : RecordTypes.DecodeError(type, status, count);
    }

    private void SaveChunks()
    {
        Drain();
        _saveChunks();
        _workers.Cuts = 0;
    }

    private (RecordStatus Status, int Count) ReadSeries(RecordPage page, int number)
    {
        var record = page[number];
        var all = page.SeriesOf(number, out var status);
        for (var i = 0; i < all.Length; i++)
        {
            if (i + PrefetchAhead < all.Length) _head.Table.Prefetch(all[i + PrefetchAhead].Key);
            ref readonly var series = ref all[i];
            _head.RaiseLastRef(series.Ref);
            var index = _head.Table.Find(series.Key);
            if (index == AppendItem.NoSeries)
            {
                index = _head.CreateUnlabeled(series.Key, series.Ref);
                _labels.Add(index, series.LabelsIn(record));
                _head.Table.Add(series.Key, index);
                _refs.Add(index);
                if (series.Ref == 0) _refs.AddOther(0, index);
            }
            else
            {
                Drain();
                if (_refs.Find(series.Ref) != index) AddRef(series.Ref, index);
            }
            AttachChunks(series.Ref, index);
        }
        return (status, status == RecordStatus.Ok ? all.Length : all.Length + 1); // The damaged one counts as read.
    }

    /// <summary>A further reference of a series. Behind a snapshot it becomes the series' own: a checkpoint may have dropped the
    /// record of the one that the snapshot has while the series was gone, and samples must not be logged under it.</summary>
    private void AddRef(ulong reference, uint index)
    {
        if (!_hasSnapshot || reference == 0)
        {
            _refs.AddOther(reference, index);
            _head.AddOtherRef(reference, index);
            return;
        }
        var before = _head.Series.Cold[index].Ref;
        _workers.Of(index).Rename(index, before, reference);
        _head.Rename(index, reference);
        _refs.AddOther(before, index);
        _refs.Add(index);
    }

    /// <summary>Gives a series the chunks that files have of one of its references. All its samples must be with it.</summary>
    private void AttachChunks(ulong reference, uint index)
    {
        _late.Attach(reference, index);
        var chunks = _loaded.Take(reference);
        if (chunks != FullChunks.None) _workers.Of(index).Attach(index, chunks);
    }

    private (RecordStatus Status, int Count) ReadSamples(ReadOnlySpan<byte> record)
    {
        var minValid = _head.Times.MinValidMs;
        var reader = new SamplesReader(record);
        while (reader.Read())
        {
            if (reader.TimestampMs < minValid) continue;
            var index = _refs.Find(reader.Ref);
            if (index == AppendItem.NoSeries)
            {
                _head.RaiseLastRef(reader.Ref); // Its series record is lost; no other series may bear the reference.
                _head.Counters.ReplayUnknownSamples++;
                _unknown.Add(reader.Ref);
                continue;
            }
            _workers.Add(index, reader.TimestampMs, reader.ValueBits);
        }
        return (reader.Status, reader.Count);
    }

    private (RecordStatus Status, int Count) ReadHistograms(ReadOnlySpan<byte> record)
    {
        var minValid = _head.Times.MinValidMs;
        var reader = new HistogramsReader(record, _histogram);
        while (reader.Read())
        {
            if (reader.TimestampMs < minValid) continue;
            var index = _refs.Find(reader.Ref);
            if (index == AppendItem.NoSeries)
            {
                _head.RaiseLastRef(reader.Ref);
                _head.Counters.ReplayUnknownHistograms++;
                _unknown.Add(reader.Ref);
                continue;
            }
            _workers.Add(index, reader.TimestampMs, _histogram);
        }
        return (reader.Status, reader.Count);
    }

    private (RecordStatus Status, int Count) ReadExemplars(ReadOnlySpan<byte> record)
    {
        _labels.Drain(); // An exemplar's series is kept by its labels.
        return _exemplars.Read(record);
    }

    private (RecordStatus Status, int Count) ReadTombstones(ReadOnlySpan<byte> record)
    {
        Drain(); // They may remove series.
        return _tombstones.Read(record);
    }
}
