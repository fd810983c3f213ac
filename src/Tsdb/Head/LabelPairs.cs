using System.Numerics;
using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>One distinct name=value of the head and the series that carry it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal struct LabelPair
{
    /// <summary>Which label name.</summary>
    public ushort Name;

    /// <summary>The value's text: arena segment.</summary>
    public ushort ValueSegment;

    /// <summary>The value's text: offset in the segment.</summary>
    public uint ValueOffset;

    /// <summary>Series indexes in the order the series were created.</summary>
    public PostingsList Series;

    /// <summary>The value's text.</summary>
    public readonly Symbol Value => new(ValueSegment, ValueOffset);
}

/// <summary>A label name of the head.</summary>
internal sealed class LabelName(byte[] text, ushort id)
{
    public byte[] Text { get; } = text;

    public ushort Id { get; } = id;

    /// <summary>References of its pairs, one per value, unordered.</summary>
    public List<uint> Pairs { get; } = [];

    /// <summary>Values in order, as far as readers wanted them; begins anew when pairs are removed.</summary>
    public SortedValues Sorted { get; set; } = new();
}

/// <summary>Every distinct label pair of a head, found by its text; the unit that series refer to (four bytes a label).</summary>
/// <remarks>All members need the head's index lock, except reading the text of a pair that is known to be in use.</remarks>
internal sealed class LabelPairs(SymbolArena symbols) : IDisposable
{
    private const uint PairsMax = 1u << 28;
    private const int NamesMax = ushort.MaxValue;

    private readonly NativeSlab<LabelPair> _pairs = new(PairsMax);
    private readonly PostingsArena _postings = new();
    private readonly List<LabelName> _names = [];
    private readonly Dictionary<byte[], LabelName>.AlternateLookup<ReadOnlySpan<byte>> _byName =
        new Dictionary<byte[], LabelName>(TextComparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();

    private uint[] _buckets = new uint[256]; // Open addressing by text; pair reference plus one, 0 = empty.

    /// <summary>Distinct pairs.</summary>
    public uint Count => _pairs.Count;

    /// <summary>Every pair reference is below.</summary>
    public uint End => _pairs.End;

    /// <summary>Names in the order they were first seen.</summary>
    public IReadOnlyList<LabelName> Names => _names;

    /// <summary>Bytes of the tables, the posting lists included.</summary>
    public long AllocatedBytes => _pairs.CommittedBytes + _postings.CommittedBytes + ((long)_buckets.Length * sizeof(uint));

    /// <summary>A pair by its reference.</summary>
    public ref LabelPair this[uint pair] => ref _pairs[pair];

    /// <summary>A pair's name.</summary>
    public LabelName NameOf(uint pair) => _names[_pairs[pair].Name];

    /// <summary>Order of two pairs in use: by name, then by value.</summary>
    public int Compare(uint left, uint right)
    {
        ref var a = ref _pairs[left];
        ref var b = ref _pairs[right];
        var order = a.Name == b.Name ? 0 : _names[a.Name].Text.AsSpan().SequenceCompareTo(_names[b.Name].Text);
        return order != 0 ? order : symbols.Span(a.Value).SequenceCompareTo(symbols.Span(b.Value));
    }

    /// <summary>The label name with this text, or null.</summary>
    public LabelName? FindName(ReadOnlySpan<byte> name) => _byName.TryGetValue(name, out var found) ? found : null;

    /// <summary>The pair with this text, or <see cref="NativeSlab{T}.None"/>.</summary>
    public uint Find(LabelName name, ReadOnlySpan<byte> value)
    {
        var bucket = FindBucket(name.Id, value);
        return _buckets[bucket] == 0 ? NativeSlab<LabelPair>.None : _buckets[bucket] - 1;
    }

    /// <summary>The label name with this text, created when it is new.</summary>
    public LabelName InternName(ReadOnlySpan<byte> name) => FindName(name) ?? AddName(name);

    /// <summary>The pair with this text, created when it is new.</summary>
    public uint Intern(LabelName label, ReadOnlySpan<byte> value)
    {
        var bucket = FindBucket(label.Id, value);
        if (_buckets[bucket] != 0) return _buckets[bucket] - 1;
        var pair = _pairs.Take();
        var symbol = symbols.Add(value);
        ref var slot = ref _pairs[pair];
        slot.Name = label.Id;
        slot.ValueSegment = symbol.Segment;
        slot.ValueOffset = symbol.Offset;
        _buckets[bucket] = pair + 1;
        label.Pairs.Add(pair);
        if (_pairs.Count * 4 > (uint)_buckets.Length * 3) Grow();
        return pair;
    }

    /// <summary>Adds a series to a pair's list.</summary>
    public void AddSeries(uint pair, uint series) => _postings.Add(ref _pairs[pair].Series, series);

    /// <summary>Series of a pair, in order of creation.</summary>
    public ReadOnlySpan<uint> SeriesOf(uint pair) => _postings.Read(in _pairs[pair].Series);

    /// <summary>Replaces a pair's list by a shorter one. An empty pair stays until <see cref="RemoveEmpty"/>: readers may still
    /// name it.</summary>
    public void Replace(uint pair, ReadOnlySpan<uint> series) => _postings.Replace(ref _pairs[pair].Series, series);

    /// <summary>Removes those of the pairs that no series carries any more.</summary>
    public void RemoveEmpty(IEnumerable<uint> pairs)
    {
        var empty = new HashSet<uint>();
        var names = new HashSet<LabelName>();
        foreach (var pair in pairs)
        {
            if (_pairs[pair].Series.Count > 0 || !empty.Add(pair)) continue;
            names.Add(NameOf(pair));
            Remove(pair);
        }
        foreach (var name in names)
        {
            name.Pairs.RemoveAll(empty.Contains);
            name.Sorted = new SortedValues();
        }
        foreach (var pair in empty) _pairs.Free(pair);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pairs.Dispose();
        _postings.Dispose();
    }

    private LabelName AddName(ReadOnlySpan<byte> name)
    {
        if (_names.Count == NamesMax) throw new InsufficientMemoryException(
            $"the head has {NamesMax} distinct label names already");
        var label = new LabelName(name.ToArray(), (ushort)_names.Count);
        _names.Add(label);
        _byName.TryAdd(name, label);
        return label;
    }

    private int FindBucket(ushort name, ReadOnlySpan<byte> value)
    {
        var mask = _buckets.Length - 1;
        for (var bucket = Hash(name, value) & mask; ; bucket = (bucket + 1) & mask)
        {
            if (_buckets[bucket] == 0) return bucket;
            ref var pair = ref _pairs[_buckets[bucket] - 1];
            if (pair.Name == name && symbols.Span(pair.Value).SequenceEqual(value)) return bucket;
        }
    }

    /// <summary>Takes a pair out of the table and moves up what stands behind it, so that no probe ends early.</summary>
    private void Remove(uint pair)
    {
        var mask = _buckets.Length - 1;
        var hole = FindBucket(_pairs[pair].Name, symbols.Span(_pairs[pair].Value));
        _buckets[hole] = 0;
        for (var at = (hole + 1) & mask; _buckets[at] != 0; at = (at + 1) & mask)
        {
            var moved = _buckets[at];
            _buckets[at] = 0;
            _buckets[FindBucket(_pairs[moved - 1].Name, symbols.Span(_pairs[moved - 1].Value))] = moved;
        }
    }

    private void Grow()
    {
        var old = _buckets;
        _buckets = new uint[old.Length * 2];
        foreach (var entry in old)
        {
            if (entry == 0) continue;
            ref var pair = ref _pairs[entry - 1];
            _buckets[FindBucket(pair.Name, symbols.Span(pair.Value))] = entry;
        }
    }

    private static int Hash(ushort name, ReadOnlySpan<byte> value)
    {
        var hash = KeyedHash.Compute(value).Low ^ (name * 0x9E3779B97F4A7C15UL);
        return (int)(hash ^ BitOperations.RotateRight(hash, 32)) & int.MaxValue;
    }
}
