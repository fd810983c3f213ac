using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Label names and values of a head, each stored once per pair, as UTF-8 bytes in large managed arrays.</summary>
/// <remarks>
/// Managed on purpose: readers keep slices of a segment without copying, and the collector frees a segment when the last reader
/// is done. The arrays hold no references, so they cost the collector nothing. One writer at a time; readers need no lock.
/// </remarks>
internal sealed class SymbolArena
{
    /// <summary>1 MiB: rare allocation, little waste in a tenant with few series (the first segments are smaller).</summary>
    private const int SegmentBytesMax = 1 << 20;
    private const int SegmentBytesFirst = 16 << 10;

    private byte[][] _segments = [];
    private int _count;
    private int _used;

    /// <summary>Bytes allocated.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Copies a text into the arena.</summary>
    public Symbol Add(ReadOnlySpan<byte> text)
    {
        var need = Varint.Length((ulong)text.Length) + text.Length;
        if (_count == 0 || _segments[_count - 1].Length - _used < need) AddSegment(need);
        var segment = _segments[_count - 1];
        var symbol = new Symbol((ushort)(_count - 1), (uint)_used);
        var prefix = Varint.Write(segment.AsSpan(_used), (ulong)text.Length);
        text.CopyTo(segment.AsSpan(_used + prefix));
        _used += need;
        return symbol;
    }

    /// <summary>The text of a symbol.</summary>
    public ReadOnlyMemory<byte> Memory(Symbol symbol)
    {
        var segment = _segments[symbol.Segment];
        var prefix = Varint.Read(segment.AsSpan((int)symbol.Offset), out var length);
        return segment.AsMemory((int)symbol.Offset + prefix, (int)length);
    }

    /// <summary>The text of a symbol.</summary>
    public ReadOnlySpan<byte> Span(Symbol symbol)
    {
        var from = _segments[symbol.Segment].AsSpan((int)symbol.Offset);
        var prefix = Varint.Read(from, out var length);
        return from.Slice(prefix, (int)length);
    }

    private void AddSegment(int need)
    {
        if (_count == ushort.MaxValue) throw new InsufficientMemoryException("the head's label text exceeds 64 GiB");
        if (_count == _segments.Length) Array.Resize(ref _segments, Math.Max(4, _count * 2));
        var size = Math.Max(need, Math.Min(SegmentBytesFirst << Math.Min(_count, 6), SegmentBytesMax));
        _segments[_count++] = GC.AllocateUninitializedArray<byte>(size);
        AllocatedBytes += size;
        _used = 0;
    }
}

/// <summary>Where a text lies in the arena.</summary>
internal readonly record struct Symbol(ushort Segment, uint Offset);
