using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb.Tests.Queries;

/// <summary>An index as simple as can be: series in the order given, references with a stride.</summary>
internal sealed class NaiveIndex : ILabelSource
{
    private readonly SortedDictionary<byte[], SortedDictionary<byte[], uint[]>> _postings = new(ByBytes.Instance);
    private readonly uint[] _all;
    private readonly uint _stride;

    public NaiveIndex(IReadOnlyList<LabelSet> series, uint stride = 1)
    {
        Series = series;
        _stride = stride;
        _all = new uint[series.Count];
        var lists = new Dictionary<(string, string), (byte[] Name, byte[] Value, List<uint> Refs)>();
        for (var i = 0; i < series.Count; i++)
        {
            _all[i] = RefOf(i);
            foreach (var label in series[i])
            {
                var key = (Convert.ToHexString(label.Name), Convert.ToHexString(label.Value));
                if (!lists.TryGetValue(key, out var list))
                    lists[key] = list = (label.Name.ToArray(), label.Value.ToArray(), []);
                list.Refs.Add(_all[i]);
            }
        }
        foreach (var (name, value, refs) in lists.Values)
        {
            if (!_postings.TryGetValue(name, out var values)) _postings[name] = values = new(ByBytes.Instance);
            values[value] = [.. refs];
        }
    }

    public IReadOnlyList<LabelSet> Series { get; }

    /// <summary>Label look-ups so far.</summary>
    public int LabelReads { get; private set; }

    public uint RefOf(int number) => (uint)(number + 1) * _stride;

    public List<int> NumbersOf(ReadOnlySpan<uint> refs)
    {
        var numbers = new List<int>();
        foreach (var seriesRef in refs) numbers.Add((int)(seriesRef / _stride) - 1);
        return numbers;
    }

    public ReadOnlyMemory<uint> All() => _all;

    public ReadOnlyMemory<uint> Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _postings.TryGetValue(name.ToArray(), out var values) && values.TryGetValue(value.ToArray(), out var refs)
            ? refs
            : default;

    public IReadOnlyList<ReadOnlyMemory<byte>> Values(ReadOnlySpan<byte> name)
    {
        var list = new List<ReadOnlyMemory<byte>>();
        if (!_postings.TryGetValue(name.ToArray(), out var values)) return list;
        foreach (var value in values.Keys) list.Add(value);
        return list;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Names()
    {
        var list = new List<ReadOnlyMemory<byte>>();
        foreach (var name in _postings.Keys) list.Add(name);
        return list;
    }

    public LabelSet LabelsOf(uint seriesRef)
    {
        LabelReads++;
        return Series[(int)(seriesRef / _stride) - 1];
    }

    private sealed class ByBytes : IComparer<byte[]>
    {
        public static ByBytes Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
