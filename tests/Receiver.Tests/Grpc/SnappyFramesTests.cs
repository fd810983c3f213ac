using System.Buffers;
using System.Text;
using Receiver.Grpc.Compression;
using Tsdb.Memory;

namespace Receiver.Tests.Grpc;

public class SnappyFramesTests
{
    // A valid encoding of "hello world" by the framing format's reference.
    private static readonly byte[] HelloWorld =
        Convert.FromHexString("ff060000734e61507059010f0000007ed86d68656c6c6f20776f726c64");

    private static (DecodeResult Result, byte[] Bytes) Decode(in ReadOnlySequence<byte> message, int sizeBytesMax = int.MaxValue)
    {
        using var decoded = new ByteBuffer();
        return (SnappyFrames.Decode(message, decoded, sizeBytesMax), decoded.Written.ToArray());
    }

    [Fact]
    public void Decode_CutIntoTwoPiecesAnywhere_IsTheSame()
    {
        for (var at = 0; at <= HelloWorld.Length; at++)
        {
            var (result, bytes) = Decode(BytesSegment.Split(HelloWorld, at));
            Assert.Equal(DecodeResult.Decoded, result);
            Assert.Equal("hello world", Encoding.ASCII.GetString(bytes));
        }
    }

    [Fact]
    public void Decode_AnyBitFlipped_IsNeverAnotherMessage()
    {
        for (var bit = 0; bit < HelloWorld.Length * 8; bit++)
        {
            var damaged = (byte[])HelloWorld.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var (result, bytes) = Decode(new ReadOnlySequence<byte>(damaged));
            // The type byte can become a skippable one: then there is nothing, which is not the message either.
            Assert.True(result != DecodeResult.Decoded || bytes.Length == 0, $"bit {bit} went unnoticed");
        }
    }

    [Fact]
    public void Decode_CutShortAnywhere_IsCorrupt()
    {
        for (var length = 0; length < HelloWorld.Length; length++)
        {
            if (length == 10) continue; // The identifier alone is an empty stream.
            Assert.Equal(DecodeResult.Corrupt, Decode(new ReadOnlySequence<byte>(HelloWorld, 0, length)).Result);
        }
    }

    [Fact]
    public void Decode_SkippableChunks_AreSkippedAndReservedOnesRefused()
    {
        byte[] skippable = [.. HelloWorld[..10], 0x80, 2, 0, 0, 1, 2, 0xfe, 1, 0, 0, 0, .. HelloWorld[10..]];
        byte[] reserved = [.. HelloWorld[..10], 0x02, 2, 0, 0, 1, 2, .. HelloWorld[10..]];
        Assert.Equal(DecodeResult.Decoded, Decode(new ReadOnlySequence<byte>(skippable)).Result);
        Assert.Equal(DecodeResult.Corrupt, Decode(new ReadOnlySequence<byte>(reserved)).Result);
    }

    [Fact]
    public void Decode_OverLimit_IsTooLarge()
    {
        Assert.Equal(DecodeResult.TooLarge, Decode(new ReadOnlySequence<byte>(HelloWorld), 10).Result);
        Assert.Equal(DecodeResult.Decoded, Decode(new ReadOnlySequence<byte>(HelloWorld), 11).Result);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public void Encode_AnySize_DecodesToItself(int length)
    {
        foreach (var compressible in new[] { false, true })
        {
            var bytes = new byte[length];
            if (!compressible) new Random(3).NextBytes(bytes);
            using var encoded = new ByteBuffer();
            SnappyFrames.Encode(BytesSegment.Split(bytes, length / 3), encoded);
            var (result, decoded) = Decode(new ReadOnlySequence<byte>(encoded.WrittenMemory));
            Assert.Equal(DecodeResult.Decoded, result);
            Assert.True(bytes.AsSpan().SequenceEqual(decoded));
        }
    }
}
