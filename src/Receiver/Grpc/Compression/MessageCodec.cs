using System.Buffers;
using Tsdb.Memory;

namespace Receiver.Grpc.Compression;

/// <summary>What became of a compressed message.</summary>
internal enum DecodeResult
{
    /// <summary>Decoded.</summary>
    Decoded = 0,

    /// <summary>The bytes are not what the encoding says.</summary>
    Corrupt,

    /// <summary>The bytes decode, but to other bytes than the sender had.</summary>
    ChecksumMismatch,

    /// <summary>It decodes to more than is accepted.</summary>
    TooLarge,
}

/// <summary>The encodings by name, and the one switch between them.</summary>
internal static class MessageCodec
{
    /// <summary>What is announced in grpc-accept-encoding.</summary>
    public const string Accepted = "snappy,gzip";

    /// <summary>Reads a grpc-encoding header; absence is identity.</summary>
    public static bool TryParse(string? name, out GrpcEncoding encoding)
    {
        encoding = name switch { "snappy" => GrpcEncoding.Snappy, "gzip" => GrpcEncoding.Gzip, _ => GrpcEncoding.Identity };
        return encoding != GrpcEncoding.Identity || name is null or "" or "identity";
    }

    /// <summary>Decodes a message.</summary>
    /// <param name="encoding">What the sender announced; not identity.</param>
    /// <param name="message">The compressed bytes.</param>
    /// <param name="decoded">Takes the bytes; grows with what has been decoded, never with what is claimed.</param>
    /// <param name="sizeBytesMax">Largest result accepted.</param>
    /// <returns>Success, or upstream's code and text.</returns>
    public static GrpcStatus Decode(GrpcEncoding encoding, in ReadOnlySequence<byte> message, ByteBuffer decoded,
        int sizeBytesMax)
    {
        // Upstream's client and server send nothing for an empty message, and accept it back.
        if (message.IsEmpty && encoding == GrpcEncoding.Snappy) return GrpcStatus.Ok;
        var result = encoding == GrpcEncoding.Snappy
            ? SnappyFrames.Decode(message, decoded, sizeBytesMax)
            : GzipMessage.Decode(message, decoded, sizeBytesMax);
        return result switch
        {
            DecodeResult.Decoded => GrpcStatus.Ok,
            DecodeResult.TooLarge => new(GrpcCode.ResourceExhausted,
                $"grpc: received message after decompression larger than max {sizeBytesMax}"),
            DecodeResult.ChecksumMismatch => new(GrpcCode.Internal,
                "grpc: failed to read decompressed data: s2: corrupt input, crc mismatch"),
            _ when encoding == GrpcEncoding.Snappy => new(GrpcCode.Internal,
                "grpc: failed to read decompressed data: s2: corrupt input"),
            _ => new(GrpcCode.Internal, "grpc: failed to decompress the message: unexpected EOF"),
        };
    }
}
