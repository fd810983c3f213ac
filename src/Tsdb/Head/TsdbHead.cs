using Tsdb.Head.Deletions;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Head.OutOfOrder;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The window of a database that lives in memory and in the log: composition and life cycle.</summary>
/// <remarks>Lock order: index lock, then log lock; stripe locks are leaves and never held together with either.</remarks>
internal sealed class TsdbHead : IDisposable
{
    private readonly DatabaseOptions _options;
    private ulong _lastRef;

    /// <summary>An empty head; it gets its log when replay is done with the directory.</summary>
    public TsdbHead(DatabaseOptions options)
    {
        _options = options;
        Series = new SeriesStore(options.MinBlockDurationMs);
        Table = new SeriesTable(Series.Hot);
        Times = new HeadTimes(options.MinBlockDurationMs);
        Exemplars = new ExemplarRing(options.ExemplarsMax, options.OutOfOrderWindowMs);
    }

    /// <summary>Time bounds.</summary>
    public HeadTimes Times { get; }

    /// <summary>Series memory.</summary>
    public SeriesStore Series { get; }

    /// <summary>Labels.</summary>
    public HeadIndex Index { get; } = new();

    /// <summary>Series by hash.</summary>
    public SeriesTable Table { get; }

    /// <summary>Exemplars of all series.</summary>
    public ExemplarRing Exemplars { get; }

    /// <summary>Type, unit and help of series.</summary>
    public HeadMetadata Metadata { get; } = new();

    /// <summary>Deleted ranges.</summary>
    public HeadTombstones Tombstones { get; } = new();

    /// <summary>The write-ahead log.</summary>
    /// <exception cref="InvalidOperationException">Replay is still at work.</exception>
    public HeadLog Log
    {
        get => field ?? throw new InvalidOperationException("BUG: the head has no log yet");
        set => (field, HasLog) = (value, true);
    }

    /// <summary>What came out of order.</summary>
    public LateStore Late { get; } = new();
    /// <summary>Whether replay is done and the log is open.</summary>
    public bool HasLog { get; private set; }

    /// <summary>Requests between find and commit.</summary>
    public AppendGate Gate { get; } = new();

    /// <summary>Reads at work.</summary>
    public ReaderLeases Readers { get; } = new();

    /// <summary>Counters for export.</summary>
    public HeadCounters Counters { get; } = new();

    /// <summary>References under which replay found series that the head knows by another one. Their records stay in the log as
    /// long as samples there may carry them.</summary>
    public List<ulong> SecondRefs { get; } = [];

    /// <summary>The same with the reference by which the head knows the series; those of series that are gone among
    /// them.</summary>
    public List<(ulong Other, ulong Own)> OtherRefs { get; } = [];

    /// <summary>Highest reference that was ever given out or seen.</summary>
    public ulong LastRef => _lastRef;

    /// <summary>Series in the head.</summary>
    public int SeriesCount => (int)Series.Hot.Count;

    /// <summary>Whether the heads of this process hold as much memory as they may: then no series is created.</summary>
    public bool IsFull => _options.HeadsBytesMax > 0 && OwnedBytes.Total >= _options.HeadsBytesMax;

    /// <summary>Complete and open chunks, those of samples out of order included. Walks the series.</summary>
    public long ChunkCount => Series.Full.Count + Series.CountOpen() + Late.ChunkCount;

    /// <summary>The limits of a request that begins now.</summary>
    public AppendLimits CurrentLimits()
    {
        var future = long.MaxValue;
        if (_options.TooFarInFuture > TimeSpan.Zero)
            future = _options.Clock.GetUtcNow().ToUnixTimeMilliseconds() + (long)_options.TooFarInFuture.TotalMilliseconds;
        var max = Times.MaxMs;
        var window = _options.OutOfOrderWindowMs;
        var late = window <= 0 ? long.MaxValue : max < long.MinValue + window ? long.MinValue : max - window;
        return new AppendLimits(Times.AppendableMinMs, future, late, max);
    }

    /// <summary>Creates a series that no lookup finds yet. Needs the index lock.</summary>
    /// <param name="key">Hash of the canonical label bytes.</param>
    /// <param name="encodedLabels">The labels in the log's sub-format.</param>
    /// <param name="reference">Its identity; 0 = the next free one.</param>
    public uint Create(in KeyHash key, ReadOnlySpan<byte> encodedLabels, ulong reference = 0)
    {
        var index = CreateUnlabeled(key, reference);
        Index.Add(ref Series.Cold[index], index, encodedLabels);
        return index;
    }

    /// <summary>As <see cref="Create"/>, but the caller sees to it that <see cref="Index"/> gets the labels before anything
    /// reads them.</summary>
    public uint CreateUnlabeled(in KeyHash key, ulong reference)
    {
        if (reference == 0) reference = _lastRef + 1;
        _lastRef = Math.Max(_lastRef, reference);
        var index = Series.Take(key, reference);
        Interlocked.Increment(ref Counters.SeriesCreated);
        return index;
    }

    /// <summary>Takes back a series that was created last and never published. Needs the index lock.</summary>
    public void Uncreate(uint index)
    {
        Index.RemoveNewest(ref Series.Cold[index]);
        Series.Free(index);
        Interlocked.Decrement(ref Counters.SeriesCreated);
    }

    /// <summary>Labels of a series that cannot be freed meanwhile.</summary>
    public LabelSet LabelsOf(uint index)
    {
        using var encoded = new ByteBuffer(1024);
        Index.WriteLabels(Series.Cold[index], encoded);
        return LabelSet.FromEncoded(encoded.Written);
    }

    /// <summary>Remembers another reference by which log and files mean a series. Replay only.</summary>
    public void AddOtherRef(ulong reference, uint index)
    {
        SecondRefs.Add(reference);
        OtherRefs.Add((reference, Series.Cold[index].Ref));
    }

    /// <summary>Makes another reference a series' own; the one that it had is another from now on. Replay only.</summary>
    public void Rename(uint index, ulong reference)
    {
        var before = Series.Cold[index].Ref;
        Series.Cold[index].Ref = reference;
        for (var i = 0; i < OtherRefs.Count; i++)
        {
            if (OtherRefs[i].Own == before) OtherRefs[i] = (OtherRefs[i].Other, reference);
        }
        AddOtherRef(before, index);
    }

    /// <summary>Never again give out a reference up to this one: the log may mention it.</summary>
    public void RaiseLastRef(ulong reference) => _lastRef = Math.Max(_lastRef, reference);

    /// <summary>Pads, flushes and closes both logs; nothing is appended any more.</summary>
    /// <exception cref="IOException">The end of a log could not be made durable.</exception>
    public void CloseLogs()
    {
        Late.Writer?.Dispose();
        Log.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Whatever a disk refuses, everything is closed: a log that is not would keep what it told nobody.
        try
        {
            Late.Writer?.Dispose();
        }
        finally
        {
            try
            {
                if (HasLog) Log.Dispose();
            }
            finally
            {
                Late.Dispose();
                Series.Dispose();
                Exemplars.Dispose();
                Metadata.Dispose();
                Index.Dispose();
            }
        }
    }
}
