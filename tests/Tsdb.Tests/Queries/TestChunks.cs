using Tsdb.Chunks;

namespace Tsdb.Tests.Queries;

/// <summary>Chunks of floats for tests: the value of a sample is told apart by a tag.</summary>
internal static class TestChunks
{
    public static ChunkView Of(double tag, params long[] times)
    {
        var state = default(XorAppendState);
        var bytes = new byte[2 + (times.Length * XorChunk.SampleSizeMaxBytes)];
        foreach (var time in times)
            Assert.True(XorChunk.TryAppend(ref state, bytes, time, BitConverter.DoubleToUInt64Bits(tag + time)));
        return new ChunkView(times[0], times[^1], ChunkEncoding.Xor, bytes.AsMemory(0, state.LengthBytes));
    }

    public static long[] Range(long first, int count, long step = 1)
    {
        var times = new long[count];
        for (var i = 0; i < count; i++) times[i] = first + (i * step);
        return times;
    }

    public static List<(long TimestampMs, double Value)> Decode(ReadOnlySpan<ChunkView> chunks)
    {
        var decoded = new List<(long, double)>();
        foreach (var chunk in chunks)
        {
            var samples = new XorChunkIterator(chunk.Data.Span);
            var first = decoded.Count;
            while (samples.MoveNext()) decoded.Add((samples.TimestampMs, BitConverter.UInt64BitsToDouble(samples.ValueBits)));
            Assert.False(samples.IsFailed);
            Assert.Equal((chunk.MinTimeMs, chunk.MaxTimeMs), (decoded[first].Item1, decoded[^1].Item1));
        }
        return decoded;
    }
}
