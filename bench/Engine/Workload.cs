using Load;
using Tsdb.Head;
using Tsdb.Memory;

namespace Engine;

/// <summary>Series and samples as a request of the service would hand them to the engine: hashed label runs, batch by
/// batch.</summary>
/// <remarks>Not for two threads: each has its own, over a range of series of its own.</remarks>
internal sealed class Workload : IDisposable
{
    /// <summary>Labels of a histogram bucket, the default of bench/Load.</summary>
    private const int LabelCount = 13;

    private readonly SeriesLabels _labels = new(LabelCount);
    private readonly ByteBuffer _run = new(1024);
    private readonly ByteBuffer _encoded = new(1024);
    private readonly SampleValues _values;
    private readonly KeyHash[] _keys;
    private readonly AppendItem[] _items;
    private readonly int _first;

    /// <param name="options">How many samples a request holds, how far apart they are.</param>
    /// <param name="first">The first series.</param>
    /// <param name="count">Series.</param>
    public Workload(EngineOptions options, int first, int count)
    {
        (_first, StepMs) = (first, options.StepMs);
        _values = new SampleValues(options.Seed);
        _keys = new KeyHash[count];
        _items = new AppendItem[Math.Min(options.Batch, count)];
        for (var i = 0; i < count; i++)
        {
            _labels.Set(first + i, generation: 0);
            WriteRun();
            _keys[i] = KeyedHash.Compute(_run.Written);
        }
    }

    /// <summary>Time of the first round: a whole number of two-hour ranges, so that blocks begin with it.</summary>
    public static long StartMs => 1_700_000_000_000 / 7_200_000 * 7_200_000;

    /// <summary>Series.</summary>
    public int Count => _keys.Length;

    /// <summary>Requests of one round.</summary>
    public int Batches => (Count + _items.Length - 1) / _items.Length;

    private long StepMs { get; }

    /// <summary>Makes one request of a round.</summary>
    public Span<AppendItem> Make(int batch, int round)
    {
        var from = batch * _items.Length;
        var items = _items.AsSpan(0, Math.Min(_items.Length, Count - from));
        for (var i = 0; i < items.Length; i++)
        {
            ref var item = ref items[i];
            item.Key = _keys[from + i];
            item.TimestampMs = StartMs + (round * StepMs);
            item.ValueBits = BitConverter.DoubleToUInt64Bits(_values.At(_first + from + i, round));
        }
        return items;
    }

    /// <summary>Labels of the series of a batch, in the log's sub-format, one behind the other; ends are where each
    /// ends.</summary>
    public ReadOnlySpan<byte> Labels(int batch, Span<int> ends)
    {
        _encoded.Clear();
        var from = batch * _items.Length;
        for (var i = 0; i < Math.Min(_items.Length, Count - from); i++)
        {
            _labels.Set(_first + from + i, generation: 0);
            WriteEncoded();
            ends[i] = _encoded.Length;
        }
        return _encoded.Written;
    }

    public void Dispose()
    {
        _run.Dispose();
        _encoded.Dispose();
    }

    private void WriteRun()
    {
        _run.Clear();
        for (var i = 0; i < _labels.Names.Count; i++)
        {
            var (name, value) = (_labels.Names[i], _labels.Values[i]);
            if (value.Length == 0) continue;
            _run.WriteByte(0x0a); // TimeSeries.labels; then Label.name and Label.value. All lengths are below 128.
            _run.WriteByte((byte)(name.Length + value.Length + 4));
            _run.WriteByte(0x0a);
            _run.WriteString(name);
            _run.WriteByte(0x12);
            _run.WriteString(value);
        }
    }

    private void WriteEncoded()
    {
        var count = 0;
        foreach (var value in _labels.Values) count += value.Length > 0 ? 1 : 0;
        _encoded.WriteUvarint((ulong)count);
        for (var i = 0; i < _labels.Names.Count; i++)
        {
            if (_labels.Values[i].Length == 0) continue;
            _encoded.WriteString(_labels.Names[i]);
            _encoded.WriteString(_labels.Values[i]);
        }
    }
}
