namespace Tsdb.Head;

/// <summary>Removes from the head what is in blocks now: old chunks, and series that have nothing left.</summary>
/// <remarks>
/// Works in batches of series, each under the append gate for microseconds, so that requests never wait for the whole. Series
/// leave in two steps: unlinked first (no lookup, no query finds them), freed when every reader that may still see them is done.
/// One pass at a time.
/// </remarks>
internal sealed class HeadCollector(TsdbHead head)
{
    /// <summary>Series looked at while requests wait: about 20 µs.</summary>
    private const uint BatchSeries = 512;

    private readonly HashSet<uint> _dead = [];
    private readonly List<uint> _unlinked = [];
    private readonly HashSet<uint> _touched = []; // Pairs whose lists lost series.
    private long _unlinkedAt;

    /// <summary>Lowest chunk file that is still referred to, of the last pass; <see cref="int.MaxValue"/> when none is.</summary>
    public int LowestFileInUse { get; private set; } = int.MaxValue;

    /// <summary>Lowest time of what is out of order, of the last pass; <see cref="long.MaxValue"/> without any.</summary>
    public long OldestLateMs { get; private set; } = long.MaxValue;

    /// <summary>Drops chunks that end before <paramref name="mint"/> and series without any left.</summary>
    /// <returns>Time of the oldest sample left; <see cref="long.MaxValue"/> when the head is empty.</returns>
    public long Collect(long mint, Action<ulong> removed)
    {
        FreeUnlinked();
        var oldest = long.MaxValue;
        (LowestFileInUse, OldestLateMs) = (int.MaxValue, long.MaxValue);
        _dead.Clear();
        for (var first = 0u; first < head.Series.Hot.End; first += BatchSeries)
        {
            var (from, end) = (first, Math.Min(first + BatchSeries, head.Series.Hot.End));
            head.Gate.RunAlone(() =>
            {
                for (var index = from; index < end; index++)
                {
                    if (Volatile.Read(ref head.Series.Cold[index].Ref) == 0) continue;
                    var left = DropChunks(index, mint);
                    // As upstream: while a series has nothing but that, the head's lower bound stays where it is.
                    if (IsKeptByLate(index) && left == long.MaxValue) left = long.MinValue;
                    if (left != long.MaxValue) oldest = Math.Min(oldest, left);
                    else if (_unlinked.Count == 0) _dead.Add(index);
                }
            });
        }
        if (_dead.Count > 0) Unlink(removed);
        return oldest;
    }

    /// <summary>Removes series with all they have, at replay, when nobody reads or appends.</summary>
    public void Remove(IReadOnlyCollection<uint> series)
    {
        foreach (var index in series) DropChunks(index, long.MaxValue);
        _dead.UnionWith(series);
        Unlink(static _ => { });
        FreeUnlinked();
    }

    /// <summary>Frees what was unlinked before, once no reader can see it.</summary>
    public void FreeUnlinked()
    {
        if (_unlinked.Count == 0 || head.Readers.Oldest <= _unlinkedAt) return;
        lock (head.Index.Lock)
        {
            foreach (var index in _unlinked)
            {
                head.Index.Free(ref head.Series.Cold[index]);
                head.Series.Free(index);
                head.Tombstones.Forget(index);
                head.Late.Forget(index);
                head.Metadata.Forget(index);
            }
            head.Index.Pairs.RemoveEmpty(_touched);
        }
        _unlinked.Clear();
        _touched.Clear();
    }

    /// <summary>Looks at what a series has out of order; false when it has nothing.</summary>
    private bool IsKeptByLate(uint index)
    {
        if (head.Late.Find(index) is not { } late) return false;
        lock (head.Series.StripeOf(index))
        {
            if (late.IsEmpty) return false;
            OldestLateMs = Math.Min(OldestLateMs, late.MinTimeMs);
            if (late.Chunks.Count > 0) LowestFileInUse = Math.Min(LowestFileInUse, (int)(late.Chunks[0].FileRef >> 32));
            return true;
        }
    }

    private long DropChunks(uint index, long mint)
    {
        var series = head.Series;
        lock (series.StripeOf(index))
        {
            ref var hot = ref series.Hot[index];
            ref var cold = ref series.Cold[index];
            var oldest = long.MaxValue;
            if (hot.HasAnyChunk && hot.LastTimestampMs < mint)
            {
                series.DropOpen(index, ref hot);
                head.Counters.ChunksRemoved++;
            }
            if (hot.HasAnyChunk) oldest = Math.Max(mint, hot.ChunkMinTimeMs);
            ref var link = ref cold.NewestChunk;
            while (link != FullChunks.None)
            {
                ref var chunk = ref series.Full[link];
                if (chunk.MaxTimeMs >= mint)
                {
                    oldest = Math.Min(oldest, Math.Max(mint, chunk.MinTimeMs));
                    if (chunk.FileRef != 0) LowestFileInUse = Math.Min(LowestFileInUse, (int)(chunk.FileRef >> 32));
                    link = ref chunk.Older;
                    continue;
                }
                if (chunk.FileRef == 0)
                {
                    series.FreeBytes(link);
                    cold.UnwrittenChunks--;
                }
                var dropped = link;
                link = chunk.Older;
                series.Full.Free(dropped);
                head.Counters.ChunksRemoved++;
            }
            return oldest;
        }
    }

    /// <summary>Takes the dead out of every lookup; their labels stay readable until <see cref="FreeUnlinked"/>.</summary>
    private void Unlink(Action<ulong> removed)
    {
        head.Gate.RunAlone(() =>
        {
            lock (head.Index.Lock)
            {
                // A sample may have come between the look and now.
                _dead.RemoveWhere(index => head.Series.Hot[index].HasAnyChunk || head.Late.Has(index));
                head.Table.Remove(_dead.Contains);
                foreach (var index in _dead)
                {
                    ref var cold = ref head.Series.Cold[index];
                    removed(cold.Ref);
                    cold.Ref = 0;
                    foreach (var pair in head.Index.LabelsOf(cold)) _touched.Add(pair);
                }
                foreach (var pair in _touched) Shrink(pair);
                _unlinked.AddRange(_dead);
                head.Counters.SeriesRemoved += _dead.Count;
                _dead.Clear();
            }
        });
        _unlinkedAt = head.Readers.Now;
    }

    private void Shrink(uint pair)
    {
        var all = head.Index.Pairs.SeriesOf(pair);
        var kept = new uint[all.Length];
        var count = 0;
        foreach (var index in all)
        {
            if (!_dead.Contains(index)) kept[count++] = index;
        }
        head.Index.Pairs.Replace(pair, kept.AsSpan(0, count));
    }
}
