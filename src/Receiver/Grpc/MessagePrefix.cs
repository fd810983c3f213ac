using System.Buffers;
using System.Buffers.Binary;

namespace Receiver.Grpc;

/// <summary>The five bytes before each message: a flag (1 = compressed) and the length, most significant byte first.</summary>
/// <remarks>Source: docs/formats/grpc.md.</remarks>
internal readonly record struct MessagePrefix(byte Flag, uint LengthBytes)
{
    /// <summary>Size of the prefix.</summary>
    public const int SizeBytes = 5;

    /// <summary>Reads the first five bytes of <paramref name="from"/>.</summary>
    public static MessagePrefix Read(ReadOnlySpan<byte> from) => new(from[0], BinaryPrimitives.ReadUInt32BigEndian(from[1..]));

    /// <summary>Reads the first five bytes of <paramref name="from"/>; false when there are fewer.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> from, out MessagePrefix prefix)
    {
        prefix = default;
        if (from.Length < SizeBytes) return false;
        Span<byte> bytes = stackalloc byte[SizeBytes];
        from.Slice(0, SizeBytes).CopyTo(bytes);
        prefix = Read(bytes);
        return true;
    }

    /// <summary>Writes the five bytes.</summary>
    public static void Write(Span<byte> to, bool compressed, int lengthBytes)
    {
        to[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(to[1..], lengthBytes);
    }

    /// <summary>What is wrong with the prefix; success when nothing is.</summary>
    /// <param name="encoding">What the sender announced.</param>
    /// <param name="sizeBytesMax">Largest message accepted.</param>
    public GrpcStatus Check(GrpcEncoding encoding, int sizeBytesMax)
    {
        if (Flag > 1) return new(GrpcCode.Internal, $"grpc: received unexpected payload format {Flag}");
        if (Flag == 1 && encoding == GrpcEncoding.Identity)
            return new(GrpcCode.Internal, "grpc: compressed flag set with identity or empty encoding");
        if (LengthBytes > (uint)sizeBytesMax)
            return new(GrpcCode.ResourceExhausted, $"grpc: received message larger than max ({LengthBytes} vs. {sizeBytesMax})");
        return GrpcStatus.Ok;
    }
}
