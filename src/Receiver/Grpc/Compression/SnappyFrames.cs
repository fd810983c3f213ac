using System.Buffers;
using System.Buffers.Binary;
using Tsdb.Memory;

namespace Receiver.Grpc.Compression;

/// <summary>The snappy framing format: an identifier, then chunks {type, length, masked CRC-32C, payload} of at most 64 KiB of
/// data.</summary>
/// <remarks>Layout: docs/formats/grpc.md. Not the block format that remote write uses; its payloads are such blocks.</remarks>
internal static class SnappyFrames
{
    private const byte Compressed = 0x00;
    private const byte Uncompressed = 0x01;
    private const byte FirstSkippable = 0x80; // 0x02–0x7f are reserved and must not be skipped.
    private const byte Identifier = 0xff;
    private const int ChunkHeaderBytes = 4;
    private const int CrcBytes = 4;
    private const int ChunkDataBytesMax = 65536;

    private static ReadOnlySpan<byte> StreamIdentifier => [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59];

    /// <summary>Decodes one whole stream.</summary>
    /// <param name="message">The stream, identifier first.</param>
    /// <param name="decoded">Grows a chunk at a time: 64 KiB of output cost the sender bytes of input.</param>
    /// <param name="sizeBytesMax">Largest result accepted.</param>
    public static DecodeResult Decode(in ReadOnlySequence<byte> message, ByteBuffer decoded, int sizeBytesMax)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(ChunkDataBytesMax + CrcBytes + ChunkHeaderBytes);
        try
        {
            return Decode(message, decoded, sizeBytesMax, scratch);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>Encodes one whole stream.</summary>
    public static void Encode(ReadOnlySpan<byte> message, ByteBuffer encoded)
    {
        encoded.Write(StreamIdentifier);
        for (; !message.IsEmpty; message = message[Math.Min(message.Length, ChunkDataBytesMax)..])
            EncodeChunk(message[..Math.Min(message.Length, ChunkDataBytesMax)], encoded);
    }

    /// <summary>Encodes one whole stream of bytes that lie in several places.</summary>
    public static void Encode(in ReadOnlySequence<byte> message, ByteBuffer encoded)
    {
        encoded.Write(StreamIdentifier);
        var scratch = ArrayPool<byte>.Shared.Rent(ChunkDataBytesMax);
        for (var rest = message; !rest.IsEmpty;)
        {
            var length = (int)Math.Min(rest.Length, ChunkDataBytesMax);
            EncodeChunk(Contiguous(rest.Slice(0, length), scratch), encoded);
            rest = rest.Slice(length);
        }
        ArrayPool<byte>.Shared.Return(scratch);
    }

    private static DecodeResult Decode(ReadOnlySequence<byte> rest, ByteBuffer decoded, int sizeBytesMax, byte[] scratch)
    {
        Span<byte> header = stackalloc byte[ChunkHeaderBytes];
        var started = false;
        while (!rest.IsEmpty)
        {
            if (rest.Length < ChunkHeaderBytes) return DecodeResult.Corrupt;
            rest.Slice(0, ChunkHeaderBytes).CopyTo(header);
            var type = header[0];
            var length = header[1] | (header[2] << 8) | (header[3] << 16);
            rest = rest.Slice(ChunkHeaderBytes);
            if (length > rest.Length || (!started && type != Identifier)) return DecodeResult.Corrupt;
            var body = rest.Slice(0, length);
            rest = rest.Slice(length);
            if (type is > Uncompressed and < FirstSkippable) return DecodeResult.Corrupt;
            if (type == Identifier)
            {
                if (!IsIdentifier(body)) return DecodeResult.Corrupt;
                started = true;
            }
            else if (type <= Uncompressed)
            {
                if (length < CrcBytes || length > scratch.Length) return DecodeResult.Corrupt;
                var result = DecodeChunk(Contiguous(body, scratch), type == Compressed, decoded, sizeBytesMax);
                if (result != DecodeResult.Decoded) return result;
            }
        }
        return started ? DecodeResult.Decoded : DecodeResult.Corrupt;
    }

    private static DecodeResult DecodeChunk(ReadOnlySpan<byte> body, bool compressed, ByteBuffer decoded, int sizeBytesMax)
    {
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(body);
        body = body[CrcBytes..];
        var length = body.Length;
        if (compressed && !Snappy.TryGetDecodedLength(body, out length)) return DecodeResult.Corrupt;
        if (length > ChunkDataBytesMax) return DecodeResult.Corrupt;
        if (length > sizeBytesMax - decoded.Length) return DecodeResult.TooLarge;
        var data = decoded.GetSpan(length)[..length];
        if (!compressed) body.CopyTo(data);
        else if (Snappy.Decode(body, data) != SnappyStatus.Ok) return DecodeResult.Corrupt;
        if (Mask(Crc32C.Compute(data)) != crc) return DecodeResult.ChecksumMismatch;
        decoded.Advance(length);
        return DecodeResult.Decoded;
    }

    private static void EncodeChunk(ReadOnlySpan<byte> data, ByteBuffer encoded)
    {
        var start = encoded.Length;
        const int before = ChunkHeaderBytes + CrcBytes;
        var block = encoded.GetSpan(before + Snappy.MaxEncodedLength(data.Length))[before..];
        var length = Snappy.Encode(data, block);
        var compressed = length < data.Length - (data.Length / 8); // Under an eighth saved, decoding costs more than it spares.
        if (!compressed)
        {
            data.CopyTo(block);
            length = data.Length;
        }
        encoded.Advance(before + length);
        length += CrcBytes;
        var chunk = encoded.WrittenMemory.Span[start..];
        chunk[0] = compressed ? Compressed : Uncompressed;
        chunk[1] = (byte)length;
        chunk[2] = (byte)(length >> 8);
        chunk[3] = (byte)(length >> 16);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[ChunkHeaderBytes..], Mask(Crc32C.Compute(data)));
    }

    private static ReadOnlySpan<byte> Contiguous(in ReadOnlySequence<byte> bytes, byte[] scratch)
    {
        if (bytes.IsSingleSegment) return bytes.FirstSpan;
        bytes.CopyTo(scratch);
        return scratch.AsSpan(0, (int)bytes.Length);
    }

    private static bool IsIdentifier(in ReadOnlySequence<byte> body)
    {
        Span<byte> bytes = stackalloc byte[StreamIdentifier.Length - ChunkHeaderBytes];
        if (body.Length != bytes.Length) return false;
        body.CopyTo(bytes);
        return bytes.SequenceEqual(StreamIdentifier[ChunkHeaderBytes..]);
    }

    // A checksum stored beside its data is masked so that a checksum of both does not degenerate.
    private static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}
