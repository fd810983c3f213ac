using System.Text;
using Google.Protobuf;

namespace Receiver.Tests.StoreApi;

/// <summary>A decoded SeriesResponse, by a decoder that shares nothing with the encoder.</summary>
internal sealed record Frame(string? Warning, bool IsBatch, List<Frame.SeriesMessage> Series)
{
    public static Frame Parse(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        var tag = input.ReadTag();
        var body = input.ReadBytes().ToByteArray();
        Assert.Equal(0u, input.ReadTag());
        if (tag == 0x12) return new Frame(Encoding.UTF8.GetString(body), false, []);
        if (tag == 0x0a) return new Frame(null, false, [SeriesMessage.Parse(body)]);
        Assert.Equal(0x22u, tag);
        var series = new List<SeriesMessage>();
        var batch = new CodedInputStream(body);
        while (batch.ReadTag() == 0x0a) series.Add(SeriesMessage.Parse(batch.ReadBytes().ToByteArray()));
        return new Frame(null, true, series);
    }

    internal sealed record Chunk(long Min, long Max, uint Type, byte[] Data, ulong Hash);

    internal sealed record SeriesMessage(string Labels, List<Chunk> Chunks, int SizeBytes, string Hex)
    {
        public static SeriesMessage Parse(byte[] bytes)
        {
            var labels = new List<string>();
            var chunks = new List<Chunk>();
            var input = new CodedInputStream(bytes);
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                var body = new CodedInputStream(input.ReadBytes().ToByteArray());
                if (tag == 0x0a) labels.Add(Label(body));
                else chunks.Add(ParseChunk(body));
            }
            return new SeriesMessage(string.Join(',', labels), chunks, bytes.Length, Convert.ToHexStringLower(bytes));
        }

        private static string Label(CodedInputStream input)
        {
            string name = "", value = "";
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                if (tag == 0x0a) name = input.ReadString();
                else value = input.ReadString();
            }
            return $"{name}={value}";
        }

        private static Chunk ParseChunk(CodedInputStream input)
        {
            var chunk = new Chunk(0, 0, 0, [], 0);
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                if (tag == 0x08) chunk = chunk with { Min = input.ReadInt64() };
                else if (tag == 0x10) chunk = chunk with { Max = input.ReadInt64() };
                else chunk = Raw(chunk, new CodedInputStream(input.ReadBytes().ToByteArray()));
            }
            return chunk;
        }

        private static Chunk Raw(Chunk chunk, CodedInputStream input)
        {
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                if (tag == 0x08) chunk = chunk with { Type = input.ReadUInt32() };
                else if (tag == 0x12) chunk = chunk with { Data = input.ReadBytes().ToByteArray() };
                else chunk = chunk with { Hash = input.ReadUInt64() };
            }
            return chunk;
        }
    }
}
