using System.Buffers.Binary;
using System.Numerics;

namespace Tsdb.Chunks;

/// <summary>Walks the samples of a chunk of encoding 4 (XOR2), without their start timestamps. The first malformed field ends
/// the walk;
/// check <see cref="IsFailed"/> after the loop.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Later versions of Prometheus write it; we only read it. Allocates nothing.</remarks>
internal ref struct Xor2ChunkIterator
{
    /// <summary>Sample count and the byte about start times.</summary>
    private const int HeaderBytes = 3;

    private BitReader _reader;
    private StartTimes _startTimes;
    private int _read;
    private long _deltaMs;
    private ulong _baseBits; // Of the last sample that is no stale marker: what the next differs from.
    private byte _leading;
    private byte _trailing;

    /// <summary>Starts before the first sample.</summary>
    /// <param name="chunk">The chunk's stream, sample count first.</param>
    public Xor2ChunkIterator(ReadOnlySpan<byte> chunk)
    {
        _reader = new BitReader(chunk, HeaderBytes);
        if (chunk.Length < HeaderBytes)
        {
            _reader.Fail();
            return;
        }
        SampleCount = BinaryPrimitives.ReadUInt16BigEndian(chunk);
        _startTimes = new StartTimes(chunk[2]);
    }

    /// <summary>Samples the chunk says it holds.</summary>
    public int SampleCount { get; }

    /// <summary>Whether the chunk ended early or is malformed.</summary>
    public readonly bool IsFailed => _reader.IsFailed;

    /// <summary>Time of the sample at the position, Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>IEEE 754 bits of the sample at the position.</summary>
    public ulong ValueBits { get; private set; }

    /// <summary>Steps to the next sample.</summary>
    public bool MoveNext()
    {
        if (_read == SampleCount || _reader.IsFailed) return false;
        if (_read == 0)
        {
            TimestampMs = Memory.Varint.UnZigZag(_reader.ReadUvarint());
            ValueBits = _reader.Read(64);
            if (ValueBits != StaleMarker.Bits) _baseBits = ValueBits;
        }
        else if (_read == 1)
        {
            _deltaMs = (long)_reader.ReadUvarint();
            TimestampMs += _deltaMs;
            ReadValue();
        }
        else
        {
            ReadLater();
        }
        _startTimes.SkipOne(ref _reader);
        if (_reader.IsFailed) return false;
        _read++;
        return true;
    }

    /// <summary>A run of ones tells by how much the delta changed, and, where it did not, something about the value.</summary>
    private void ReadLater()
    {
        var ones = Math.Min(BitOperations.LeadingZeroCount(~_reader.Peek()), 5);
        _reader.Skip(ones == 5 ? ones : ones + 1);
        if (ones is >= 2 and <= 4) _deltaMs += ReadDeltaChange(ones);
        TimestampMs += _deltaMs;
        switch (ones)
        {
            case 0:
                ValueBits = _baseBits;
                break;
            case 1:
                ReadDifference(opensWindow: _reader.Read(1) == 1);
                break;
            case 5:
                ValueBits = StaleMarker.Bits;
                break;
            default:
                ReadValue();
                break;
        }
    }

    /// <summary>Plain two's complement of 13, 20 or 64 bits.</summary>
    private long ReadDeltaChange(int ones)
    {
        var bits = ones switch { 2 => 13, 3 => 20, _ => 64 };
        return (long)(_reader.Read(bits) << (64 - bits)) >> (64 - bits);
    }

    private void ReadValue()
    {
        var ones = Math.Min(BitOperations.LeadingZeroCount(~_reader.Peek()), 3);
        _reader.Skip(ones == 3 ? ones : ones + 1);
        if (ones == 0) ValueBits = _baseBits;
        else if (ones == 3) ValueBits = StaleMarker.Bits;
        else ReadDifference(opensWindow: ones == 2);
    }

    private void ReadDifference(bool opensWindow)
    {
        if (opensWindow)
        {
            var leading = (int)_reader.Read(5);
            var significant = (int)_reader.Read(6);
            var trailing = 64 - leading - (significant == 0 ? 64 : significant);
            if (trailing < 0)
            {
                _reader.Fail();
                return;
            }
            (_leading, _trailing) = ((byte)leading, (byte)trailing);
        }
        _baseBits ^= _reader.Read(64 - _leading - _trailing) << _trailing;
        ValueBits = _baseBits;
    }
}
