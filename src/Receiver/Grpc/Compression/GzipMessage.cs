using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Receiver.Grpc.Compression;

/// <summary>Gzip of one message. Rare: only tools send it, so it is simple rather than fast.</summary>
internal static class GzipMessage
{
    private const int StepBytes = 64 << 10;

    /// <summary>Decodes a whole gzip stream.</summary>
    public static DecodeResult Decode(in ReadOnlySequence<byte> message, ByteBuffer decoded, int sizeBytesMax)
    {
        using var compressed = new ByteBuffer((int)message.Length);
        foreach (var segment in message) compressed.Write(segment.Span);
        MemoryMarshal.TryGetArray<byte>(compressed.WrittenMemory, out var bytes);
        using var input = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count);
        using var gzip = new GZipStream(input, CompressionMode.Decompress);
        try
        {
            while (true)
            {
                var count = gzip.Read(decoded.GetSpan(StepBytes));
                if (count == 0) return bytes.Count == 0 ? DecodeResult.Corrupt : DecodeResult.Decoded;
                if (count > sizeBytesMax - decoded.Length) return DecodeResult.TooLarge;
                decoded.Advance(count);
            }
        }
        catch (InvalidDataException)
        {
            return DecodeResult.Corrupt;
        }
    }
}
