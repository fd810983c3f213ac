using System.Buffers;
using System.Runtime.CompilerServices;
using Tsdb.Chunks;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Head.OutOfOrder;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>One request's transaction on a head: find, create what is missing, append, then commit or roll back.</summary>
/// <remarks>
/// One thread. Passes work on the whole request at once so that cache misses of neighbours overlap. Nothing is allocated per
/// sample: appenders are reused by their head.
/// </remarks>
public sealed class HeadAppender : IDisposable
{
    /// <summary>How far ahead the state of a series is fetched: the latency of memory over the time of one step.</summary>
    private const int PrefetchAhead = 12;

    /// <summary>After this many wrong guesses more than right ones the order is taken for scattered.</summary>
    private const int GuessMissesMax = 16;

    private readonly TsdbHead _head;
    private readonly SeriesCreation _creation;
    private readonly PendingHistograms _histograms;
    private readonly PendingLate _late;
    private readonly PendingExemplars _exemplars;
    private readonly PendingMetadata _metadata;
    private readonly RecordBatch _records = new(64 << 10);
    private readonly OvertakenSamples _overtaken = new();
    private AcceptedSample[] _accepted = ArrayPool<AcceptedSample>.Shared.Rent(4096);
    private int _acceptedCount;
    private AppendLimits _limits;
    private bool _isInside;
    private bool _isFirst; // The head held no sample when the request began.
    private int _outOfOrder;
    private int _outOfBounds;
    private int _tooOld;
    private int _tooFarAhead;
    private int _invalidHistograms;

    internal HeadAppender(TsdbHead head)
    {
        _head = head;
        _creation = new SeriesCreation(head);
        _late = new PendingLate(head);
        _histograms = new PendingHistograms(head, _late);
        _exemplars = new PendingExemplars(head);
        _metadata = new PendingMetadata(head);
    }

    /// <summary>Where the appender goes when its request is done; null = it is thrown away.</summary>
    internal Action<HeadAppender>? Returned { get; init; }

    /// <summary>Sets <see cref="AppendItem.SeriesIndex"/> of every item from its key.</summary>
    /// <remarks>Senders repeat the order of creation, so the series after the last one found is tried first.</remarks>
    public void Find(Span<AppendItem> items)
    {
        var hot = _head.Series.Hot;
        var guess = 0u;
        var misses = 0;
        for (var i = 0; i < items.Length; i++)
        {
            ref var item = ref items[i];
            if (misses > GuessMissesMax)
            {
                FindScattered(items[i..]);
                return;
            }
            hot.Prefetch(guess + PrefetchAhead);
            if (guess < hot.End && hot[guess].Key == item.Key)
            {
                item.SeriesIndex = guess++;
                if (misses > 0) misses--;
                continue;
            }
            item.SeriesIndex = Verify(_head.Table.Find(item.Key), item.Key);
            if (item.SeriesIndex != AppendItem.NoSeries) guess = item.SeriesIndex + 1;
            misses++;
        }
    }

    /// <summary>Creates the series of an item that <see cref="Find"/> did not know, or finds it under its real labels.</summary>
    /// <param name="item">Gets its series index.</param>
    /// <param name="encodedLabels">Sorted labels in the WAL's sub-format (<see cref="Labels.LabelSet.Encoded"/>); those without a
    /// value are left out. Text and order of the names are the caller's to check.</param>
    /// <param name="isCanonical">True says that all of them have values, no name comes twice, and the item's key is the hash of
    /// these labels as a remote-write 1.0 series writes them, every length in its shortest form: then nothing of it is made
    /// again. A wrong claim makes two series of one.</param>
    public CreateResult Create(ref AppendItem item, ReadOnlySpan<byte> encodedLabels, bool isCanonical = false) =>
        _creation.Create(ref item, encodedLabels, isCanonical);

    /// <summary>Whether a sample of this request is out of bounds whatever its series: then no series need be created for it.
    /// </summary>
    public bool IsOutOfBounds(long timestampMs) => !_limits.KeepsLate && timestampMs < _limits.MinValidTimeMs;

    /// <summary>Counts samples that <see cref="IsOutOfBounds"/> refused and whose series was not created.</summary>
    public void RefuseOutOfBounds(int samples) => _outOfBounds += samples;

    /// <summary>Decides every item and sets its <see cref="AppendItem.Result"/>. Nothing is visible before <see
    /// cref="Commit"/>.</summary>
    /// <exception cref="IOException">The log refused the new series; nothing of the request is kept.</exception>
    public void Append(Span<AppendItem> items)
    {
        _creation.Publish();
        if (items.IsEmpty) return;
        if (_histograms.Count > 0) _histograms.EndBefore(items, _acceptedCount);
        Reserve(items.Length);
        Initialise(items[0].TimestampMs);
        var hot = _head.Series.Hot;
        var chunks = _head.Series.Blocks;
        for (var i = 0; i < items.Length; i++)
        {
            ref var item = ref items[i];
            if (i + PrefetchAhead < items.Length) hot.Prefetch(items[i + PrefetchAhead].SeriesIndex);
            if (item.SeriesIndex == AppendItem.NoSeries)
            {
                item.Result = AppendResult.NoSeries;
                continue;
            }
            ref readonly var series = ref hot[item.SeriesIndex];
            chunks.Prefetch(series.Tail.Block); // For the commit; a request's lines stay in the second-level cache until then.
            item.Result =
                AppendDecision.Decide(series.LastTimestampMs, series.LastValueBits, item.TimestampMs, item.ValueBits, _limits);
            if (item.Result == AppendResult.Appended)
            {
                _accepted[_acceptedCount++] = new AcceptedSample(item);
                if (item.TimestampMs <= series.LastTimestampMs || item.TimestampMs < _limits.MinValidTimeMs)
                    _late.Observe(item.TimestampMs, in _limits);
                continue;
            }
            // The value bits of a series that goes on with histograms say nothing.
            if (item.Result == AppendResult.Duplicate && series.Flags != SeriesFlags.None)
                item.Result = AppendResult.DuplicateConflict;
            Count(item.Result);
            if (item.Result is AppendResult.OutOfOrder or AppendResult.TooOld) _late.Observe(item.TimestampMs, in _limits);
        }
    }

    /// <summary>Decides a native histogram and sets its <see cref="HistogramItem.Result"/>. Floats and histograms take effect in
    /// the order of the calls.</summary>
    /// <exception cref="IOException">The log refused the new series; nothing of the request is kept.</exception>
    public void AppendHistogram(ref HistogramItem item)
    {
        _creation.Publish();
        item.Fault = null;
        item.Result = AppendResult.NoSeries;
        if (item.SeriesIndex == AppendItem.NoSeries) return;
        Initialise(item.TimestampMs);
        var isLate = item.TimestampMs < _limits.MinValidTimeMs;
        var series = _head.Series;
        var lastTimestampMs = Volatile.Read(ref series.Hot[item.SeriesIndex].LastTimestampMs);
        if (item.TimestampMs > lastTimestampMs)
        {
            item.Result = AppendDecision.Decide(lastTimestampMs, null, item.TimestampMs, item.Sample, _limits, out item.Fault);
        }
        else
        {
            lock (series.StripeOf(item.SeriesIndex)) // The newest sample must be the one of that time.
            {
                ref readonly var state = ref series.Hot[item.SeriesIndex];
                var last = item.TimestampMs == state.LastTimestampMs ? _histograms.Newest(item.SeriesIndex) : null;
                isLate |= item.TimestampMs < state.LastTimestampMs;
                item.Result = AppendDecision.Decide(
                    state.LastTimestampMs, last, item.TimestampMs, item.Sample, _limits, out item.Fault);
            }
        }
        if (isLate && item.Result is AppendResult.Appended or AppendResult.OutOfOrder or AppendResult.TooOld)
            _late.Observe(item.TimestampMs, in _limits);
        if (item.Result == AppendResult.Appended) _histograms.Add(in item, _acceptedCount);
        else if (item.Result == AppendResult.OutOfOrder) Interlocked.Increment(ref _head.Counters.OutOfOrderHistograms);
        else if (item.Result == AppendResult.TooOld) Interlocked.Increment(ref _head.Counters.TooOldHistograms);
        else Count(item.Result);
    }

    /// <summary>Decides about an exemplar and sets its <see cref="ExemplarItem.Result"/>. It is compared with those that are
    /// stored already, and at commit again.</summary>
    /// <exception cref="IOException">The log refused the new series; nothing of the request is kept.</exception>
    public void AppendExemplar(ref ExemplarItem item)
    {
        _creation.Publish();
        _exemplars.Append(ref item);
    }

    /// <summary>Replaces what is known about a series at commit.</summary>
    /// <param name="seriesIndex">The series' slot in the head, as <see cref="AppendItem.SeriesIndex"/> of an item that was
    /// found or created.</param>
    /// <param name="metadata">Logged only when it differs from what the series has.</param>
    /// <exception cref="IOException">The log refused the new series; nothing of the request is kept.</exception>
    public MetadataResult SetMetadata(uint seriesIndex, SeriesMetadata metadata)
    {
        _creation.Publish();
        return _metadata.Set(seriesIndex, metadata);
    }

    /// <summary>Writes the log, then makes what was accepted visible.</summary>
    /// <returns>What was accepted and is not kept nevertheless, because something newer came in between.</returns>
    /// <exception cref="LateLogException">Only samples out of order could not be stored; all others are. The whole request can be
    /// sent again: what is stored is recognised.</exception>
    /// <exception cref="IOException">The log could not be written; nothing of the request is kept, series created
    /// stay.</exception>
    public CommitResult Commit()
    {
        _creation.Publish();
        _metadata.Log(_records);
        if (_histograms.Count == 0)
        {
            Log(0, _acceptedCount);
            _exemplars.Log(_records);
            _head.Log.Write(_records);
            Apply(0, _acceptedCount, 0);
        }
        else
        {
            CommitBatches();
        }
        var failure = _late.TryStore();
        _exemplars.Apply();
        _metadata.Apply();
        var result = _overtaken.Result with { LateDuplicate = _late.Conflicts };
        AddCounters();
        Leave();
        return failure is null ? result : throw new LateLogException(failure, result);
    }

    /// <summary>Drops what was appended; series that were published stay.</summary>
    public void Rollback()
    {
        _creation.Abandon();
        Leave();
    }

    /// <summary>Returns the appender to its head; rolls back when neither committed nor rolled back.</summary>
    public void Dispose()
    {
        Rollback();
        if (Returned is null) Release();
        else Returned(this);
    }

    /// <summary>Starts the next request.</summary>
    internal void Begin()
    {
        _head.Gate.Enter();
        _isInside = true;
        _isFirst = _head.Times.MinMs == long.MaxValue;
        _limits = _head.CurrentLimits();
    }

    /// <summary>Frees the appender's memory for good.</summary>
    internal void Release()
    {
        ArrayPool<AcceptedSample>.Shared.Return(_accepted);
        _accepted = [];
        _records.Dispose();
        _creation.Dispose();
    }

    /// <summary>The first sample of all sets the head's times, and with them the limits of the request that brought it. One too
    /// far ahead must not: everything after it would be out of bounds.</summary>
    private void Initialise(long timestampMs)
    {
        if (!_isFirst || timestampMs > _limits.FutureLimitMs) return;
        _isFirst = false;
        _head.Times.Initialise(timestampMs);
        _limits = _head.CurrentLimits();
    }

    private void FindScattered(Span<AppendItem> items)
    {
        var table = _head.Table;
        for (var i = 0; i < items.Length; i++)
        {
            if (i + PrefetchAhead < items.Length) table.Prefetch(items[i + PrefetchAhead].Key);
            items[i].SeriesIndex = table.Find(items[i].Key);
        }
        var hot = _head.Series.Hot;
        for (var i = 0; i < items.Length; i++)
        {
            if (i + PrefetchAhead < items.Length) hot.Prefetch(items[i + PrefetchAhead].SeriesIndex);
            items[i].SeriesIndex = Verify(items[i].SeriesIndex, items[i].Key);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Verify(uint index, in KeyHash key) =>
        index == AppendItem.NoSeries || _head.Series.Hot[index].Key == key || _head.Table.IsAlias(key) ? index
            : AppendItem.NoSeries;

    /// <summary>Everything is logged before anything is visible, here too.</summary>
    private void CommitBatches()
    {
        _histograms.End(_acceptedCount);
        var begin = (Floats: 0, Histograms: 0);
        foreach (var end in _histograms.Ends)
        {
            Log(begin.Floats, end.Floats);
            _histograms.Log(begin.Histograms, in end, _records);
            begin = (end.Floats, end.Histograms);
        }
        _exemplars.Log(_records);
        _head.Log.Write(_records);
        begin = default;
        foreach (var end in _histograms.Ends)
        {
            Apply(begin.Floats, end.Floats, begin.Histograms);
            _histograms.Apply(begin.Histograms, end.Histograms, _accepted.AsSpan(0, end.Floats), _overtaken, in _limits);
            begin = (end.Floats, end.Histograms);
        }
    }

    private void Log(int from, int to)
    {
        if (from == to) return;
        var cold = _head.Series.Cold;
        ref readonly var first = ref _accepted[from];
        var record = SamplesRecord.Begin(_records.Bytes, cold[first.Index].Ref, first.TimestampMs);
        foreach (ref readonly var sample in _accepted.AsSpan(from, to - from))
            record.Add(cold[sample.Index].Ref, sample.TimestampMs, sample.ValueBits);
        _records.End();
    }

    private void Apply(int from, int to, int histogramsBefore)
    {
        if (from == to) return;
        var series = _head.Series;
        var hot = series.Hot;
        long lowest = long.MaxValue, highest = long.MinValue;
        int stored = 0, cuts = 0;
        Lock? held = null;
        try
        {
            for (var i = from; i < to; i++)
            {
                ref readonly var sample = ref _accepted[i];
                var stripe = series.StripeOf(sample.Index);
                if (stripe != held)
                {
                    held?.Exit();
                    held = null;
                    stripe.Enter();
                    held = stripe;
                }
                ref var state = ref hot[sample.Index];
                // Another request, or an earlier sample of this one, may have been faster: kept out of order, if that is on,
                // or dropped as upstream drops it.
                if ((sample.TimestampMs <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue)
                    || sample.TimestampMs < _limits.MinValidTimeMs)
                {
                    var late = new LateSample(sample.Index, new ChunkSample(sample.TimestampMs, sample.ValueBits, null));
                    if (!_late.TryTake(late, in state, in _limits))
                        _overtaken.AddFloat(_accepted.AsSpan(0, i + 1), _histograms.First(histogramsBefore), in state);
                    continue;
                }
                if (series.Append(sample.Index, ref state, sample.TimestampMs, sample.ValueBits)) cuts++;
                stored++;
                lowest = Math.Min(lowest, sample.TimestampMs);
                highest = Math.Max(highest, sample.TimestampMs);
            }
        }
        finally
        {
            held?.Exit();
        }
        if (stored > 0) _head.Times.Widen(lowest, highest);
        Interlocked.Add(ref _head.Counters.SamplesAppended, stored);
        if (cuts > 0) Interlocked.Add(ref _head.Counters.ChunksCreated, cuts);
    }

    private void Reserve(int count)
    {
        if (_accepted.Length - _acceptedCount >= count) return;
        var larger = ArrayPool<AcceptedSample>.Shared.Rent(_acceptedCount + count);
        _accepted.AsSpan(0, _acceptedCount).CopyTo(larger);
        ArrayPool<AcceptedSample>.Shared.Return(_accepted);
        _accepted = larger;
    }

    private void Count(AppendResult result)
    {
        if (result == AppendResult.OutOfOrder) _outOfOrder++;
        else if (result == AppendResult.OutOfBounds) _outOfBounds++;
        else if (result == AppendResult.TooOld) _tooOld++;
        else if (result == AppendResult.TooFarAhead) _tooFarAhead++;
        else if (result == AppendResult.InvalidHistogram) _invalidHistograms++;
    }

    private void AddCounters()
    {
        if (!_limits.KeepsLate) _outOfOrder += _overtaken.OlderFloats; // Else they count as too old.
        if (_overtaken.OlderHistograms > 0 && !_limits.KeepsLate)
            Interlocked.Add(ref _head.Counters.OutOfOrderHistograms, _overtaken.OlderHistograms);
        if (_outOfOrder > 0) Interlocked.Add(ref _head.Counters.OutOfOrder, _outOfOrder);
        if (_outOfBounds > 0) Interlocked.Add(ref _head.Counters.OutOfBounds, _outOfBounds);
        if (_tooOld > 0) Interlocked.Add(ref _head.Counters.TooOld, _tooOld);
        if (_tooFarAhead > 0) Interlocked.Add(ref _head.Counters.TooFarAhead, _tooFarAhead);
        if (_invalidHistograms > 0) Interlocked.Add(ref _head.Counters.HistogramsInvalid, _invalidHistograms);
    }

    private void Leave()
    {
        _acceptedCount = 0;
        if (_histograms.Count > 0) _histograms.Clear();
        _late.Clear();
        _exemplars.Clear();
        _metadata.Clear();
        (_outOfOrder, _outOfBounds, _tooOld, _tooFarAhead, _invalidHistograms) = (0, 0, 0, 0, 0);
        _records.Clear();
        _overtaken.Clear();
        if (!_isInside) return;
        _isInside = false;
        _head.Gate.Leave();
    }
}
