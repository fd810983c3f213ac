using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tsdb.Chunks;

/// <summary>Walks the samples of a XOR chunk. The first malformed field ends the walk; check <see cref="IsFailed"/> after the
/// loop.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Bytes behind the last sample are ignored. Allocates nothing.</remarks>
public ref struct XorChunkIterator
{
    private BitReader _reader;
    private int _read;
    private long _deltaMs;
    private byte _leading;
    private byte _trailing;

    /// <summary>Starts before the first sample.</summary>
    /// <param name="chunk">The chunk's stream, sample count first.</param>
    public XorChunkIterator(ReadOnlySpan<byte> chunk)
    {
        _reader = new BitReader(chunk, XorChunk.HeaderBytes);
        if (BinaryPrimitives.TryReadUInt16BigEndian(chunk, out var count)) SampleCount = count;
        else _reader.Fail();
    }

    /// <summary>Samples the chunk says it holds.</summary>
    public int SampleCount { get; }

    /// <summary>Whether the chunk ended early or is malformed.</summary>
    public readonly bool IsFailed => _reader.IsFailed;

    /// <summary>Time of the sample at the position, Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>IEEE 754 bits of the sample at the position.</summary>
    public ulong ValueBits { get; private set; }

    /// <summary>The state from which an appender goes on, once the walk is at its end. A window never opened counts as all 64
    /// bits.</summary>
    internal readonly XorAppendState AppendState => new()
    {
        LastTimestampMs = TimestampMs,
        LastValueBits = ValueBits,
        LastDeltaMs = _deltaMs,
        BitLength = (uint)_reader.Position,
        SampleCount = (ushort)SampleCount,
        Leading = _leading,
        Trailing = _trailing,
    };

    /// <summary>Steps to the next sample.</summary>
    public bool MoveNext()
    {
        if (_read == SampleCount || _reader.IsFailed) return false;
        if (_read >= 2)
        {
            _deltaMs += ReadDeltaChange();
            TimestampMs += _deltaMs;
            ReadValue();
        }
        else
        {
            ReadBeginning();
        }
        if (_reader.IsFailed) return false;
        _read++;
        return true;
    }

    private void ReadBeginning()
    {
        if (_read == 0)
        {
            TimestampMs = Memory.Varint.UnZigZag(_reader.ReadUvarint());
            ValueBits = _reader.Read(64);
            return;
        }
        _deltaMs = (long)_reader.ReadUvarint();
        TimestampMs += _deltaMs;
        ReadValue();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long ReadDeltaChange()
    {
        var bits = _reader.Peek();
        if ((long)bits >= 0)
        {
            _reader.Skip(1);
            return 0;
        }
        switch (BitOperations.LeadingZeroCount(~bits))
        {
            case 1:
                _reader.Skip(2 + 14);
                return Signed((bits << 2) >> (64 - 14), 14);
            case 2:
                _reader.Skip(3 + 17);
                return Signed((bits << 3) >> (64 - 17), 17);
            case 3:
                _reader.Skip(4 + 20);
                return Signed((bits << 4) >> (64 - 20), 20);
            default:
                _reader.Skip(4);
                return (long)_reader.Read(64);
        }
    }

    /// <summary>Payloads above 2^(n-1) are negative; 2^(n-1) itself is positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Signed(ulong payload, int bits) =>
        payload > 1ul << (bits - 1) ? (long)payload - (1L << bits) : (long)payload;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReadValue() => ValueBits ^= XorValue.Read(ref _reader, ref _leading, ref _trailing);
}
