using Receiver.Grpc.Compression;
using Tsdb.Memory;

namespace Receiver.Grpc;

/// <summary>Takes messages off a reply body.</summary>
internal sealed class ReplyReader(Stream body, GrpcEncoding encoding, int sizeBytesMax)
{
    // A claimed length earns no memory: the buffer grows by what has arrived.
    private const int StepBytes = 64 << 10;

    private readonly byte[] _prefix = new byte[MessagePrefix.SizeBytes];

    /// <summary>Reads the next message and appends it, decompressed, to <paramref name="message"/>.</summary>
    /// <returns>Whether the body ended instead, or an error that ends the call.</returns>
    public async ValueTask<(GrpcStatus Status, bool AtEnd)> ReadAsync(ByteBuffer message, CancellationToken stop)
    {
        var count = await body.ReadAtLeastAsync(_prefix, MessagePrefix.SizeBytes, throwOnEndOfStream: false, stop);
        if (count == 0) return (GrpcStatus.Ok, true);
        if (count < MessagePrefix.SizeBytes) return (CutShort, false);
        var prefix = MessagePrefix.Read(_prefix);
        var check = prefix.Check(encoding, sizeBytesMax);
        if (!check.IsOk) return (check, false);
        if (prefix.Flag == 0) return (await FillAsync(message, prefix.LengthBytes, stop), false);
        using var raw = new ByteBuffer();
        var status = await FillAsync(raw, prefix.LengthBytes, stop);
        if (status.IsOk) status = MessageCodec.Decode(encoding, new(raw.WrittenMemory), message, sizeBytesMax);
        return (status, false);
    }

    private static GrpcStatus CutShort => new(GrpcCode.Internal, "unexpected EOF");

    private async ValueTask<GrpcStatus> FillAsync(ByteBuffer into, uint lengthBytes, CancellationToken stop)
    {
        for (var left = lengthBytes; left > 0;)
        {
            var space = into.GetMemory((int)Math.Min(left, StepBytes));
            var count = await body.ReadAsync(space[..(int)Math.Min(left, (uint)space.Length)], stop);
            if (count == 0) return CutShort;
            into.Advance(count);
            left -= (uint)count;
        }
        return GrpcStatus.Ok;
    }
}
