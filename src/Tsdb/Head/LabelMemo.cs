using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The labels of the series created last, place by place: its neighbour mostly repeats them.</summary>
/// <remarks>Finds eleven of thirteen labels of a scrape by comparing some bytes instead of hashing them. Needs the head's index
/// lock.</remarks>
internal sealed class LabelMemo(LabelPairs pairs)
{
    private const int LabelsMax = 64;
    private const int TextBytesMax = 4096; // Longer label sets are rare and simply not remembered.

    private readonly uint[] _pairs = new uint[LabelsMax];
    private readonly int[] _ends = new int[LabelsMax];
    private readonly byte[] _text = new byte[TextBytesMax];
    private int _count;

    /// <summary>Pair references of a series' labels, made for those that are new.</summary>
    /// <param name="labels">Names and values with their lengths, as the log's sub-format has them behind the count.</param>
    /// <param name="to">As long as there are labels.</param>
    public void Resolve(ReadOnlySpan<byte> labels, Span<uint> to)
    {
        var remembered = _count;
        _count = 0; // Should a table refuse to grow, nothing half done is remembered.
        int at = 0, before = 0;
        for (var i = 0; i < to.Length; i++)
        {
            var valueAt = at + StringBytes(labels[at..]);
            var end = valueAt + StringBytes(labels[valueAt..]);
            var label = labels[at..end];
            var isKnown = i < remembered;
            var known = isKnown ? _text.AsSpan(before, _ends[i] - before) : default;
            to[i] = isKnown && label.SequenceEqual(known) ? _pairs[i]
                : Intern(Text(labels[at..valueAt]), Text(labels[valueAt..end]), isKnown ? pairs.NameOf(_pairs[i]) : null);
            if (isKnown) before = _ends[i];
            if (i < LabelsMax) (_pairs[i], _ends[i]) = (to[i], end);
            at = end;
        }
        if (at > TextBytesMax) return;
        labels[..at].CopyTo(_text);
        _count = Math.Min(to.Length, LabelsMax);
    }

    /// <summary>Forgets the pairs: they may be gone.</summary>
    public void Clear() => _count = 0;

    private uint Intern(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, LabelName? likely) =>
        pairs.Intern(likely is not null && name.SequenceEqual(likely.Text) ? likely : pairs.InternName(name), value);

    /// <summary>Bytes of a string with its length in front.</summary>
    private static int StringBytes(ReadOnlySpan<byte> from)
    {
        if (from[0] < 0x80) return from[0] + 1;
        var prefix = Varint.Read(from, out var length);
        return prefix + (int)length;
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> prefixed)
    {
        if (prefixed[0] < 0x80) return prefixed[1..];
        return prefixed[Varint.Read(prefixed, out _)..];
    }
}
