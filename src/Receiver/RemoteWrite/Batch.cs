using System.Buffers;
using Tsdb.Head;
using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>One request as arrays of small structs over its bytes: series, float samples, tenants.</summary>
/// <remarks>
/// Filled by <see cref="BatchReader"/>, never by parsing into objects. Pooled, so the arrays of one request serve the next and a
/// steady sender costs no allocation. Counted references: who needs it after the answer retains it, the last release gives
/// everything back.
/// </remarks>
public sealed class Batch : IDisposable
{
    /// <summary>Most TimeSeries messages in a request: 1 Mi entries are 48 MiB, a hundred times what senders send at
    /// once.</summary>
    public const int SeriesMax = 1 << 20;

    /// <summary>Most float samples in a request: 2 Mi items are 96 MiB. Two bytes on the wire can claim one, hence a
    /// limit.</summary>
    public const int ItemsMax = 1 << 21;

    /// <summary>Most native histograms in a request: decoded, 128 Ki empty ones are 40 MiB. Two bytes on the wire can claim
    /// one.</summary>
    public const int HistogramsMax = 1 << 17;

    private const int RetainedMax = 1 << 16; // Arrays larger than usual go back to the shared pool with the request.
    private const int InitialLength = 1024;

    private SeriesEntry[] _series = ArrayPool<SeriesEntry>.Shared.Rent(InitialLength);
    private AppendItem[] _items = ArrayPool<AppendItem>.Shared.Rent(InitialLength);
    private readonly List<string> _tenants = new(1);
    private readonly ByteBuffer _joined = new(256);
    private readonly BatchPool? _pool;
    private RequestBody? _body;
    private int _references;

    /// <summary>A batch of its own, for callers without a pool; dispose it.</summary>
    public Batch()
    {
    }

    internal Batch(BatchPool pool) => _pool = pool;

    /// <summary>The request's bytes; entries point into them.</summary>
    public ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>Number of TimeSeries messages.</summary>
    public int SeriesCount { get; private set; }

    /// <summary>Number of float samples.</summary>
    public int ItemCount { get; private set; }

    /// <summary>Number of native histograms seen.</summary>
    public int HistogramCount { get; private set; }

    /// <summary>Number of exemplars seen.</summary>
    public int ExemplarCount { get; private set; }

    /// <summary>Number of series that hold no float sample.</summary>
    public int SampleLessCount { get; internal set; }

    /// <summary>Number of metadata messages seen.</summary>
    public int MetadataCount { get; internal set; }

    /// <summary>The series, in the order received.</summary>
    public Span<SeriesEntry> Series => _series.AsSpan(0, SeriesCount);

    /// <summary>The float samples, series by series.</summary>
    public Span<AppendItem> Items => _items.AsSpan(0, ItemCount);

    /// <summary>Tenants of the request; series name them by index.</summary>
    public IReadOnlyList<string> Tenants => _tenants;

    /// <summary>The run of label fields of a series, as received (joined when it was scattered).</summary>
    public ReadOnlySpan<byte> Labels(in SeriesEntry series)
    {
        var from = (series.Traits & SeriesTraits.JoinedLabels) != 0 ? _joined.Written : Content.Span;
        return from.Slice(series.LabelsOffset, series.LabelsLength);
    }

    /// <summary>The label run of a series by index, for code that crosses an await.</summary>
    public ReadOnlySpan<byte> Labels(int series) => Labels(in _series[series]);

    /// <summary>Forgets everything and takes the bytes of the next request.</summary>
    public void Reset(ReadOnlyMemory<byte> content)
    {
        Content = content;
        _tenants.Clear();
        MetadataCount = 0;
        DropSeries();
    }

    /// <summary>The same with bytes that it owns from here on: the last <see cref="Release"/> releases them.</summary>
    public void Reset(RequestBody body)
    {
        Reset(body.Memory);
        _body = body;
    }

    /// <summary>Takes one more reference.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Gives a reference back; the last one releases the bytes and returns the batch to its pool.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0) return;
        Content = default;
        Interlocked.Exchange(ref _body, null)?.Release();
        _pool?.Return(this);
    }

    /// <summary>Adds a tenant.</summary>
    /// <returns>Its index.</returns>
    public int AddTenant(string tenant)
    {
        _tenants.Add(tenant);
        return _tenants.Count - 1;
    }

    /// <summary>Returns the memory; the batch must not be used afterwards.</summary>
    public void Dispose()
    {
        Content = default;
        ArrayPool<SeriesEntry>.Shared.Return(_series);
        ArrayPool<AppendItem>.Shared.Return(_items);
        (_series, _items) = ([], []);
        (SeriesCount, ItemCount) = (0, 0);
        _joined.Dispose();
    }

    /// <summary>True while its arrays are of ordinary size, so that keeping it for the next request is no waste.</summary>
    internal bool IsWorthKeeping => _series.Length <= RetainedMax && _items.Length <= RetainedMax;

    /// <summary>Drops series and samples, keeps content and tenants.</summary>
    internal void DropSeries()
    {
        (SeriesCount, ItemCount, HistogramCount, ExemplarCount, SampleLessCount) = (0, 0, 0, 0, 0);
        _joined.Clear();
    }

    /// <summary>Renames a tenant that was added before its name was known.</summary>
    internal void SetTenant(int index, string tenant) => _tenants[index] = tenant;

    /// <summary>Room for one more sample; the caller fills it.</summary>
    internal ref AppendItem AddItem()
    {
        if (ItemCount == _items.Length) Grow(ref _items);
        return ref _items[ItemCount++];
    }

    /// <summary>Room for one more series; the caller fills it.</summary>
    internal ref SeriesEntry AddSeries()
    {
        if (SeriesCount == _series.Length) Grow(ref _series);
        return ref _series[SeriesCount++];
    }

    /// <summary>Takes back the series added last, with its samples.</summary>
    internal void RemoveLastSeries()
    {
        ref readonly var last = ref _series[--SeriesCount];
        if (last.ItemCount == 0) SampleLessCount--;
        ItemCount = last.FirstItem;
    }

    /// <summary>Counts what is recognised but not a float sample.</summary>
    internal void CountOthers(int histograms, int exemplars)
    {
        HistogramCount += histograms;
        ExemplarCount += exemplars;
    }

    /// <summary>Where labels are joined that lie scattered over their message.</summary>
    internal ByteBuffer Joined => _joined;

    private static void Grow<T>(ref T[] array)
    {
        var larger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.CopyTo(larger, 0);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }
}
