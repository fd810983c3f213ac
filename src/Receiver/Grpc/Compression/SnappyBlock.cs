using Tsdb.Memory;

namespace Receiver.Grpc.Compression;

/// <summary>One block inside a frame.</summary>
internal static class SnappyBlock
{
    /// <summary>Reads the length that the block says it decodes to.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length)
    {
        var prefix = Varint.Read(block, out var value);
        length = (int)Math.Min(value, int.MaxValue);
        return prefix > 0 && value <= int.MaxValue;
    }

    /// <summary>Decodes a block into exactly as many bytes as it says.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> data)
    {
        var at = Varint.Read(block, out _);
        var to = 0;
        while (at < block.Length)
        {
            var tag = block[at++];
            var length = (tag >> 2) + 1;
            int offset;
            switch (tag & 3)
            {
                case 0:
                    var extra = Math.Max(0, length - 60);
                    if (extra > block.Length - at) return false;
                    if (extra > 0)
                    {
                        var wide = 0L;
                        for (var i = 0; i < extra; i++) wide |= (long)block[at + i] << (8 * i);
                        if (wide >= data.Length) return false;
                        length = (int)wide + 1;
                        at += extra;
                    }
                    if (length > block.Length - at || length > data.Length - to) return false;
                    block.Slice(at, length).CopyTo(data[to..]);
                    at += length;
                    to += length;
                    continue;
                case 1:
                    if (at >= block.Length) return false;
                    length = ((tag >> 2) & 7) + 4;
                    offset = ((tag >> 5) << 8) | block[at++];
                    break;
                default:
                    var size = (tag & 3) == 2 ? 2 : 4;
                    if (size > block.Length - at) return false;
                    var distance = 0L;
                    for (var i = 0; i < size; i++) distance |= (long)block[at + i] << (8 * i);
                    offset = (int)Math.Min(distance, int.MaxValue);
                    at += size;
                    break;
            }
            if (offset == 0 || offset > to || length > data.Length - to) return false;
            for (var i = 0; i < length; i++, to++) data[to] = data[to - offset];
        }
        return to == data.Length;
    }

    /// <summary>Appends a block that is smaller than its data; false, and nothing appended, when there is none.</summary>
    public static bool TryEncode(ReadOnlySpan<byte> data, ByteBuffer encoded) => false;
}
