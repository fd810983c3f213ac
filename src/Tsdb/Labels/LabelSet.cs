using System.Text;
using Tsdb.Memory;

namespace Tsdb.Labels;

/// <summary>The identity of a series: name/value pairs, sorted by the bytes of the name, names unique, immutable.</summary>
/// <remarks>
/// Held as the bytes of the WAL's label sub-format (uvarint count, then name and value as length-prefixed strings), so that a set
/// moves between log, index and wire without decoding. Text is UTF-8 bytes throughout and is compared as unsigned bytes.
/// </remarks>
public sealed class LabelSet : IEquatable<LabelSet>, IComparable<LabelSet>
{
    private readonly byte[] _encoded;

    private LabelSet(byte[] encoded, int count)
    {
        _encoded = encoded;
        Count = count;
    }

    /// <summary>No labels at all.</summary>
    public static LabelSet Empty { get; } = new([0], 0);

    /// <summary>Number of labels.</summary>
    public int Count { get; }

    /// <summary>The label sub-format of the WAL: uvarint count, then each name and value as length-prefixed strings.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>Takes a copy of an encoded set that is known to be sorted and complete.</summary>
    /// <param name="encoded">The sub-format described at <see cref="Encoded"/>, valid to its last byte.</param>
    public static LabelSet FromEncoded(ReadOnlySpan<byte> encoded)
    {
        Varint.Read(encoded, out var count);
        return new LabelSet(encoded.ToArray(), (int)count);
    }

    /// <summary>Sorts the pairs by name and encodes them. Meant for tests, options and external labels, not for the hot
    /// path.</summary>
    public static LabelSet FromStrings(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var sorted = new (byte[] Name, byte[] Value)[pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
            sorted[i] = (Encoding.UTF8.GetBytes(pairs[i].Name), Encoding.UTF8.GetBytes(pairs[i].Value));
        Array.Sort(sorted, static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        using var buffer = new ByteBuffer();
        buffer.WriteUvarint((ulong)sorted.Length);
        foreach (var (name, value) in sorted)
        {
            buffer.WriteString(name);
            buffer.WriteString(value);
        }
        return FromEncoded(buffer.Written);
    }

    /// <summary>Walks the pairs in order of their names.</summary>
    public LabelEnumerator GetEnumerator() => new(_encoded);

    /// <summary>The value of a label; empty when the set does not have it (absence and emptiness are the same).</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name)
    {
        foreach (var label in this)
        {
            if (label.Name.SequenceEqual(name)) return label.Value;
        }
        return default;
    }

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) => other is not null && _encoded.AsSpan().SequenceEqual(other._encoded);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_encoded);
        return hash.ToHashCode();
    }

    /// <summary>Pairwise: first differing name, then differing value, as unsigned bytes; a prefix comes first.</summary>
    public int CompareTo(LabelSet? other)
    {
        if (other is null) return 1;
        var left = GetEnumerator();
        var right = other.GetEnumerator();
        while (left.MoveNext())
        {
            if (!right.MoveNext()) return 1;
            var order = left.Current.Name.SequenceCompareTo(right.Current.Name);
            if (order == 0) order = left.Current.Value.SequenceCompareTo(right.Current.Value);
            if (order != 0) return order;
        }
        return right.MoveNext() ? -1 : 0;
    }

    /// <summary>The usual text form: {a="1", b="2"}. For messages, not for parsing.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("{");
        foreach (var label in this)
        {
            if (text.Length > 1) text.Append(", ");
            text.Append(Encoding.UTF8.GetString(label.Name)).Append("=\"");
            text.Append(Encoding.UTF8.GetString(label.Value)).Append('"');
        }
        return text.Append('}').ToString();
    }

    /// <inheritdoc/>
    public static bool operator ==(LabelSet? left, LabelSet? right) => left is null ? right is null : left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(LabelSet? left, LabelSet? right) => !(left == right);

    /// <inheritdoc/>
    public static bool operator <(LabelSet left, LabelSet right) => left.CompareTo(right) < 0;

    /// <inheritdoc/>
    public static bool operator <=(LabelSet left, LabelSet right) => left.CompareTo(right) <= 0;

    /// <inheritdoc/>
    public static bool operator >(LabelSet left, LabelSet right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public static bool operator >=(LabelSet left, LabelSet right) => left.CompareTo(right) >= 0;
}
