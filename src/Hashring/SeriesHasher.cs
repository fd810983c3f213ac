namespace Hashring;

/// <summary>
/// The number that places a series on a ring: XXH64 of tenant, 0xFF, then name, 0xFF, value, 0xFF of every label.
/// </summary>
/// <remarks>
/// Labels are hashed in the order given: nothing is sorted, dropped or normalised, because every router has to agree on the
/// bytes it received. Use one hasher for a whole batch: <see cref="Begin"/>, <see cref="Add"/> per label,
/// <see cref="Finish"/>. The pieces are gathered in the caller's scratch and hashed in one go; a series that does not fit is
/// streamed with the same result. Allocates nothing. Source: pkg/store/labelpb (HashWithPrefix).
/// </remarks>
/// <param name="scratch">Working memory, at least 64 bytes; 1024 hold a usual series. Must outlive the hasher.</param>
public ref struct SeriesHasher(Span<byte> scratch)
{
    /// <summary>Ends every part of the input; it occurs in no valid UTF-8, so parts cannot run into one another.</summary>
    private const byte Separator = 0xFF;

    private readonly Span<byte> _scratch = scratch;
    private int _length;
    private bool _isStreaming;
    private XxHash64State _stream;

    /// <summary>Forgets the last series and starts one of a tenant.</summary>
    public void Begin(ReadOnlySpan<byte> tenant)
    {
        Clear();
        Append(tenant);
    }

    /// <summary>Starts without a tenant: the plain hash of a label set, as shards and series identities use it.</summary>
    public void Clear()
    {
        _length = 0;
        _isStreaming = false;
    }

    /// <summary>Adds the next label, raw UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_scratch.Length - _length < name.Length + value.Length + 2)
        {
            Append(name);
            Append(value);
            return;
        }
        var to = _scratch[_length..];
        name.CopyTo(to);
        to[name.Length] = Separator;
        to = to[(name.Length + 1)..];
        value.CopyTo(to);
        to[value.Length] = Separator;
        _length += name.Length + value.Length + 2;
    }

    /// <summary>The hash of the series given since <see cref="Begin"/>.</summary>
    public ulong Finish()
    {
        if (!_isStreaming) return XxHash64.Compute(_scratch[.._length]);
        Spill();
        return _stream.Digest();
    }

    private void Append(ReadOnlySpan<byte> part)
    {
        if (_scratch.Length - _length <= part.Length) Spill();
        if (_scratch.Length <= part.Length)
        {
            _stream.Append(part);
        }
        else
        {
            part.CopyTo(_scratch[_length..]);
            _length += part.Length;
        }
        if (_length == _scratch.Length) Spill();
        _scratch[_length++] = Separator;
    }

    private void Spill()
    {
        if (!_isStreaming) _stream = new XxHash64State();
        _isStreaming = true;
        _stream.Append(_scratch[.._length]);
        _length = 0;
    }
}
