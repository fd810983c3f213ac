using System.Buffers.Binary;

namespace Tsdb.Wal.Zstd;

/// <summary>Decodes compressed blocks: literals, then sequences of "so many literals and a copy from so far back".</summary>
/// <remarks>Keeps what later blocks of a frame refer to: the last code and tables, and the last three offsets.</remarks>
internal sealed class BlockDecoder
{
    /// <summary>Most bytes a block stands for.</summary>
    public const int BlockBytesMax = 128 << 10;

    private readonly HuffmanTable _huffman = new();
    private readonly FseTable _literalLengths = new();
    private readonly FseTable _offsets = new();
    private readonly FseTable _matchLengths = new();
    private readonly byte[] _literals = new byte[BlockBytesMax];
    private readonly int[] _recent = new int[3];
    private int _literalCount;

    /// <summary>Forgets what the frame before left.</summary>
    public void BeginFrame()
    {
        _huffman.Bits = 0;
        (_literalLengths.IsSet, _offsets.IsSet, _matchLengths.IsSet) = (false, false, false);
        (_recent[0], _recent[1], _recent[2]) = (1, 4, 8);
    }

    /// <summary>Appends what a block stands for; false when it is damaged.</summary>
    public bool TryDecode(ReadOnlySpan<byte> block, FrameOutput output)
    {
        var taken = ReadLiterals(block);
        if (taken == 0) return false;
        block = block[taken..];
        var (count, head) = SequenceCount(block);
        if (head == 0) return false;
        if (count == 0) return head == block.Length && output.TryAppend(_literals.AsSpan(0, _literalCount));
        if (block.Length <= head) return false;
        var modes = block[head];
        block = block[(head + 1)..];
        if ((modes & 3) != 0) return false;
        return TryTable(
                _literalLengths, modes >> 6, ref block, 9, SequenceCodes.LiteralLengthMax, SequenceCodes.LiteralLengthShares, 6)
            && TryTable(_offsets, (modes >> 4) & 3, ref block, 8, SequenceCodes.OffsetMax, SequenceCodes.OffsetShares, 5)
            && TryTable(
                _matchLengths, (modes >> 2) & 3, ref block, 9, SequenceCodes.MatchLengthMax, SequenceCodes.MatchLengthShares, 6)
            && TrySequences(block, count, output);
    }

    private int ReadLiterals(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty) return 0;
        var (kind, format) = (block[0] & 3, (block[0] >> 2) & 3);
        if (kind >= 2) return ReadCodedLiterals(block, isNewCode: kind == 2, format);
        // Formats 0 and 2 are the same one-byte head.
        var head = format switch { 1 => 2, 3 => 3, _ => 1 };
        if (block.Length < head) return 0;
        var size = (int)(Little(block[..head]) >> (head == 1 ? 3 : 4));
        var stored = kind == 0 ? size : 1;
        if (size > BlockBytesMax || block.Length - head < stored) return 0;
        if (kind == 0)
            block.Slice(head, size).CopyTo(_literals);
        else
            _literals.AsSpan(0, size).Fill(block[head]);
        _literalCount = size;
        return head + stored;
    }

    private int ReadCodedLiterals(ReadOnlySpan<byte> block, bool isNewCode, int format)
    {
        var (head, bits) = format switch { 2 => (4, 14), 3 => (5, 18), _ => (3, 10) };
        if (block.Length < head) return 0;
        var fields = Little(block[..head]) >> 4;
        var mask = (1UL << bits) - 1;
        var (size, stored) = ((int)(fields & mask), (int)((fields >> bits) & mask));
        if (size > BlockBytesMax || block.Length - head < stored) return 0;
        var streams = block.Slice(head, stored);
        if (isNewCode)
        {
            var taken = _huffman.Read(streams);
            if (taken == 0) return 0;
            streams = streams[taken..];
        }
        _literalCount = size;
        var literals = _literals.AsSpan(0, size);
        if (_huffman.Bits == 0) return 0;
        return (format == 0 ? _huffman.TryDecode(streams, literals) : TryFourStreams(streams, literals)) ? head + stored : 0;
    }

    private bool TryFourStreams(ReadOnlySpan<byte> streams, Span<byte> literals)
    {
        const int TableBytes = 6;
        if (streams.Length < TableBytes) return false;
        var table = streams[..TableBytes];
        streams = streams[TableBytes..];
        var part = (literals.Length + 3) / 4;
        if (3 * part > literals.Length) return false;
        for (var i = 0; i < 3; i++)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(table[(2 * i)..]);
            if (length > streams.Length || !_huffman.TryDecode(streams[..length], literals[..part])) return false;
            streams = streams[length..];
            literals = literals[part..];
        }
        return _huffman.TryDecode(streams, literals);
    }

    private static (int Count, int HeadBytes) SequenceCount(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty) return (0, 0);
        int first = block[0];
        if (first < 128) return (first, 1);
        if (first < 255) return block.Length < 2 ? (0, 0) : (((first - 128) << 8) + block[1], 2);
        return block.Length < 3 ? (0, 0) : (block[1] + (block[2] << 8) + 0x7f00, 3);
    }

    private static bool TryTable(
        FseTable table, int mode, ref ReadOnlySpan<byte> block, int logMax, int symbolMax, ReadOnlySpan<short> shares, int log)
    {
        var taken = 0;
        switch (mode)
        {
            case 0: // The format's own table.
                return table.TryBuild(shares, log);
            case 1: // One symbol only.
                if (block.IsEmpty || block[0] > symbolMax) return false;
                table.SetSingle(block[0]);
                taken = 1;
                break;
            case 2:
                taken = table.Read(block, logMax, symbolMax);
                if (taken == 0) return false;
                break;
            default: // The one of the block before.
                return table.IsSet;
        }
        block = block[taken..];
        return true;
    }

    private bool TrySequences(ReadOnlySpan<byte> stream, int count, FrameOutput output)
    {
        var bits = new BackwardBits(stream);
        if (!bits.IsValid) return false;
        var literalState = bits.Read(_literalLengths.Log);
        var offsetState = bits.Read(_offsets.Log);
        var matchState = bits.Read(_matchLengths.Log);
        ReadOnlySpan<byte> literals = _literals.AsSpan(0, _literalCount);
        while (true)
        {
            ref readonly var literal = ref _literalLengths[literalState];
            ref readonly var offset = ref _offsets[offsetState];
            ref readonly var match = ref _matchLengths[matchState];
            var offsetValue = (1L << offset.Symbol) + bits.Read(offset.Symbol);
            var matchBits = SequenceCodes.MatchLengthBits[match.Symbol];
            var matchLength = SequenceCodes.MatchLengthBase[match.Symbol] + (int)bits.Read(matchBits);
            var literalBits = SequenceCodes.LiteralLengthBits[literal.Symbol];
            var literalLength = SequenceCodes.LiteralLengthBase[literal.Symbol] + (int)bits.Read(literalBits);
            if (bits.Left < 0 || literalLength > literals.Length) return false;
            if (!output.TryAppend(literals[..literalLength])) return false;
            literals = literals[literalLength..];
            if (!output.TryCopy(Distance(offsetValue, literalLength), matchLength)) return false;
            if (--count == 0) break;
            literalState = literal.Base + bits.Read(literal.Bits);
            matchState = match.Base + bits.Read(match.Bits);
            offsetState = offset.Base + bits.Read(offset.Bits);
        }
        return bits.Left == 0 && output.TryAppend(literals);
    }

    /// <summary>Values 1 to 3 name one of the last three distances; without literals in front they are shifted by one.</summary>
    private int Distance(long value, int literalLength)
    {
        var index = value > 3 ? 3 : (int)value - 1 + (literalLength == 0 ? 1 : 0);
        if (value <= 3 && index == 0) return _recent[0];
        var distance = value > 3 ? (int)Math.Min(value - 3, int.MaxValue) : index == 3 ? _recent[0] - 1 : _recent[index];
        if (index != 1) _recent[2] = _recent[1];
        _recent[1] = _recent[0];
        _recent[0] = distance;
        return distance;
    }

    private static ulong Little(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }
}
