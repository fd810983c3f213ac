using System.Buffers;

namespace Tsdb.Wal.Zstd;

/// <summary>What frames decode to: grows up to a limit, and copies from itself.</summary>
internal sealed class FrameOutput(int lengthMax) : IDisposable
{
    private byte[] _bytes = [];

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The array behind; its first <see cref="Length"/> bytes are valid until the next change.</summary>
    public byte[] Array => _bytes;

    /// <summary>Where the present frame began: copies do not reach in front of it.</summary>
    public int FrameStart { get; private set; }

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear() => (Length, FrameStart) = (0, 0);

    /// <summary>Begins a frame behind what is there.</summary>
    public void BeginFrame() => FrameStart = Length;

    /// <summary>Appends bytes; false beyond the limit.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (!TryReserve(bytes.Length)) return false;
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
        return true;
    }

    /// <summary>Appends one byte many times; false beyond the limit.</summary>
    public bool TryFill(byte value, int count)
    {
        if (!TryReserve(count)) return false;
        _bytes.AsSpan(Length, count).Fill(value);
        Length += count;
        return true;
    }

    /// <summary>Appends what stands some bytes back; false in front of the frame and beyond the limit.</summary>
    public bool TryCopy(int distance, int count)
    {
        if (distance <= 0 || distance > Length - FrameStart || !TryReserve(count)) return false;
        var from = Length - distance;
        if (distance >= count)
            _bytes.AsSpan(from, count).CopyTo(_bytes.AsSpan(Length));
        else
            for (var i = 0; i < count; i++) _bytes[Length + i] = _bytes[from + i];
        Length += count;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private bool TryReserve(int count)
    {
        if (count > lengthMax - Length) return false;
        if (_bytes.Length - Length >= count) return true;
        var capacity = Math.Max(2L * _bytes.Length, Length + count);
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(System.Array.MaxLength, capacity));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
        return true;
    }
}
