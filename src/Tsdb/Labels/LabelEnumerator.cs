using Tsdb.Memory;

namespace Tsdb.Labels;

/// <summary>One label: a view into the bytes it was read from, valid as long as they are.</summary>
public readonly ref struct LabelView(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    /// <summary>UTF-8 name.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>UTF-8 value.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;
}

/// <summary>An encoded label set (<see cref="LabelSet.Encoded"/>) in someone else's memory, for foreach.</summary>
public readonly ref struct EncodedLabels(ReadOnlySpan<byte> encoded)
{
    private readonly ReadOnlySpan<byte> _encoded = encoded;

    /// <summary>Walks the pairs in stored order.</summary>
    public LabelEnumerator GetEnumerator() => new(_encoded);
}

/// <summary>Walks the pairs of an encoded label set (<see cref="LabelSet.Encoded"/>); ends early on a damaged encoding.</summary>
public ref struct LabelEnumerator
{
    private ReadOnlySpan<byte> _rest;
    private ulong _left;

    /// <summary>Starts before the first pair.</summary>
    public LabelEnumerator(ReadOnlySpan<byte> encoded)
    {
        var length = Varint.Read(encoded, out _left);
        _rest = encoded[length..];
    }

    /// <summary>The pair at the position.</summary>
    public LabelView Current { get; private set; }

    /// <summary>Steps to the next pair.</summary>
    public bool MoveNext()
    {
        if (_left == 0 || !TryString(out var name) || !TryString(out var value)) return false;
        _left--;
        Current = new LabelView(name, value);
        return true;
    }

    private bool TryString(out ReadOnlySpan<byte> text)
    {
        text = default;
        ulong length;
        var prefix = 1; // Nearly every string is shorter than 128 bytes.
        if (!_rest.IsEmpty && _rest[0] < 0x80) length = _rest[0];
        else prefix = Varint.Read(_rest, out length);
        if (prefix == 0 || length > (ulong)(_rest.Length - prefix)) return false;
        text = _rest.Slice(prefix, (int)length);
        _rest = _rest[(prefix + (int)length)..];
        return true;
    }
}
