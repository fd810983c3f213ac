using System.Buffers;
using Google.Protobuf;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Tsdb.Chunks;

namespace Integration.Fixture;

/// <summary>Reads samples through a receiver's StoreAPI; decodes replies with the stock protobuf library.</summary>
internal static class StoreReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Every float sample of the tenant, its series without the labels that the receiver adds.</summary>
    public static async Task<SampleSet> ReadAsync(string grpcAddress, string tenant = "default-tenant")
    {
        var request = new SeriesRequest { MinTime = long.MinValue, MaxTime = long.MaxValue };
        request.Matchers.Add(Matcher(LabelMatcher.Types.Type.Neq, "__name__", ""));
        request.Matchers.Add(Matcher(LabelMatcher.Types.Type.Eq, "tenant_id", tenant));
        var samples = new SampleSet();
        using var channel = new GrpcChannel(grpcAddress, new GrpcChannelOptions());
        var bytes = new ReadOnlySequence<byte>(request.ToByteArray());
        var status = await channel.StreamAsync("/thanos.Store/Series", bytes, message =>
        {
            Frame(new CodedInputStream(message.ToArray()), samples);
            return ValueTask.CompletedTask;
        }, Patience, default);
        Assert.True(status.Code == GrpcCode.Ok, $"Series: {status}");
        return samples;
    }

    /// <summary>Calls a method with any bytes.</summary>
    public static async Task<GrpcStatus> CallAsync(string grpcAddress, string method, byte[] request)
    {
        using var channel = new GrpcChannel(grpcAddress, new GrpcChannelOptions());
        return await channel.StreamAsync(
            method, new ReadOnlySequence<byte>(request), static _ => ValueTask.CompletedTask, Patience, default);
    }

    private static LabelMatcher Matcher(LabelMatcher.Types.Type type, string name, string value) =>
        new() { Type = type, Name = ByteString.CopyFromUtf8(name), Value = ByteString.CopyFromUtf8(value) };

    private static void Frame(CodedInputStream frame, SampleSet into)
    {
        for (uint tag; (tag = frame.ReadTag()) != 0;)
        {
            if (tag == 0x0a) Series(frame.ReadBytes().CreateCodedInput(), into); // One series.
            else if (tag == 0x22) Frame(frame.ReadBytes().CreateCodedInput(), into); // A batch: field 1, repeated.
            else Assert.Fail($"unexpected field {tag >> 3}: {frame.ReadBytes().ToStringUtf8()}"); // 2 is a warning.
        }
    }

    private static void Series(CodedInputStream series, SampleSet into)
    {
        var labels = new List<(string, string)>();
        var chunks = new List<(ChunkEncoding Encoding, byte[] Data)>();
        for (uint tag; (tag = series.ReadTag()) != 0;)
        {
            var field = series.ReadBytes().CreateCodedInput();
            if (tag == 0x0a) Label(field, labels);
            else Chunk(field, chunks);
        }
        var name = SeriesName.Of(labels);
        foreach (var (encoding, data) in chunks) StoredSamples.ReadChunk(name, encoding, data, into);
    }

    private static void Label(CodedInputStream input, List<(string Name, string Value)> into)
    {
        string name = "", value = "";
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == 0x0a) name = input.ReadString();
            else value = input.ReadString();
        }
        if (name is not ("tenant_id" or "receive_replica")) into.Add((name, value));
    }

    private static void Chunk(CodedInputStream input, List<(ChunkEncoding, byte[])> into)
    {
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag != 0x1a) input.SkipLastField(); // Times; 3 is the raw chunk.
            else into.Add(Raw(input.ReadBytes().CreateCodedInput()));
        }
    }

    private static (ChunkEncoding Encoding, byte[] Data) Raw(CodedInputStream input)
    {
        var (encoding, data) = (0, Array.Empty<byte>());
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == 0x08) encoding = input.ReadInt32();
            else if (tag == 0x12) data = input.ReadBytes().ToByteArray();
            else input.SkipLastField();
        }
        return ((ChunkEncoding)(encoding + 1), data); // On the wire the numbers of the files less one.
    }
}
