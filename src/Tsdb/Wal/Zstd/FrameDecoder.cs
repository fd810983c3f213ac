using System.Buffers.Binary;

namespace Tsdb.Wal.Zstd;

/// <summary>What became of decoding a record.</summary>
internal enum FrameStatus : byte
{
    /// <summary>Decoded to its end.</summary>
    Ok = 0,

    /// <summary>It does not begin with a frame.</summary>
    NoFrame,

    /// <summary>A frame is damaged, needs a dictionary, or stands for more than is allowed.</summary>
    Invalid,
}

/// <summary>Decodes zstd frames, for records of logs that were written with them.</summary>
/// <remarks>
/// Plain and bounded rather than fast: each length is checked before it is used, and nothing is allocated once the buffers have
/// grown. Dictionaries are refused. The frame's own checksum is passed over, since the log's covers the same bytes.
/// Source: RFC 8878.
/// </remarks>
internal sealed class FrameDecoder(int lengthMax) : IDisposable
{
    private const uint Magic = 0xfd2fb528;
    private const uint SkippableMagic = 0x184d2a50; // The low four bits are free.

    private readonly BlockDecoder _blocks = new();
    private readonly FrameOutput _output = new(lengthMax);

    /// <summary>What the last call decoded is in the first so many bytes of <see cref="Array"/>.</summary>
    public int Length => _output.Length;

    /// <summary>Valid until the next call.</summary>
    public byte[] Array => _output.Array;

    /// <summary>Decodes one or more frames.</summary>
    public FrameStatus Decode(ReadOnlySpan<byte> input)
    {
        _output.Clear();
        do
        {
            if (!BinaryPrimitives.TryReadUInt32LittleEndian(input, out var magic)) return FrameStatus.NoFrame;
            input = input[sizeof(uint)..];
            if ((magic & ~15u) == SkippableMagic)
            {
                if (!BinaryPrimitives.TryReadUInt32LittleEndian(input, out var size)) return FrameStatus.Invalid;
                if (size > (uint)(input.Length - sizeof(uint))) return FrameStatus.Invalid;
                input = input[(sizeof(uint) + (int)size)..];
                continue;
            }
            if (magic != Magic) return FrameStatus.NoFrame;
            if (!TryFrame(ref input)) return FrameStatus.Invalid;
        }
        while (!input.IsEmpty);
        return FrameStatus.Ok;
    }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    private bool TryFrame(ref ReadOnlySpan<byte> input)
    {
        if (!TryHeader(ref input, out var hasChecksum, out var declared)) return false;
        _output.BeginFrame();
        _blocks.BeginFrame();
        bool last;
        do
        {
            if (input.Length < 3) return false;
            var head = input[0] | (input[1] << 8) | (input[2] << 16);
            input = input[3..];
            last = (head & 1) != 0;
            if (!TryBlock((head >> 1) & 3, head >> 3, ref input)) return false;
        }
        while (!last);
        if (hasChecksum)
        {
            if (input.Length < sizeof(uint)) return false;
            input = input[sizeof(uint)..];
        }
        return declared is not { } size || size == (ulong)(_output.Length - _output.FrameStart);
    }

    private static bool TryHeader(ref ReadOnlySpan<byte> input, out bool hasChecksum, out ulong? declared)
    {
        (hasChecksum, declared) = (false, null);
        if (input.IsEmpty) return false;
        var head = input[0];
        hasChecksum = (head & 4) != 0;
        var isSingle = (head & 0x20) != 0;
        var dictionaryBytes = (head & 3) == 3 ? 4 : head & 3;
        var sizeBytes = (head >> 6) switch { 0 => isSingle ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        var at = isSingle ? 1 : 2; // Without a size the second byte tells the window, which a decoder in memory does not need.
        if ((head & 8) != 0 || input.Length < at + dictionaryBytes + sizeBytes) return false;
        if (input.Slice(at, dictionaryBytes).ContainsAnyExcept((byte)0)) return false;
        at += dictionaryBytes;
        if (sizeBytes > 0)
        {
            ulong size = 0;
            for (var i = sizeBytes - 1; i >= 0; i--) size = (size << 8) | input[at + i];
            declared = sizeBytes == 2 ? size + 256 : size;
        }
        input = input[(at + sizeBytes)..];
        return true;
    }

    private bool TryBlock(int kind, int size, ref ReadOnlySpan<byte> input)
    {
        var stored = kind == 1 ? 1 : size;
        if (size > BlockDecoder.BlockBytesMax || stored > input.Length) return false;
        var block = input[..stored];
        input = input[stored..];
        return kind switch
        {
            0 => _output.TryAppend(block),
            1 => _output.TryFill(block[0], size),
            2 => _blocks.TryDecode(block, _output),
            _ => false,
        };
    }
}
