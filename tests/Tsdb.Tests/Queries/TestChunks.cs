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

    /// <summary>A chunk of counter histograms whose count is their time.</summary>
    public static ChunkView Histograms(params long[] times)
    {
        HistogramChunk? chunk = null;
        foreach (var time in times)
        {
            var sample = new HistogramSample { Schema = 1, Count = (ulong)time };
            sample.PositiveSpans.Add(new BucketSpan(0, 1));
            sample.PositiveBuckets.Add((ulong)time);
            if (chunk is null) chunk = HistogramChunk.Begin(time, sample, previous: null);
            else Assert.Equal(HistogramAppend.Appended, chunk.Append(time, sample, out _));
        }
        return new ChunkView(times[0], times[^1], ChunkEncoding.Histogram, chunk!.Bytes.ToArray());
    }

    /// <summary>Times of a chunk of floats, or of one made by <see cref="Histograms"/>, whose counts are checked.</summary>
    public static List<long> Times(in ChunkView chunk)
    {
        var times = new List<long>();
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            foreach (var (time, _) in Decode([chunk])) times.Add(time);
            return times;
        }
        var samples = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        while (samples.MoveNext())
        {
            times.Add(samples.TimestampMs);
            Assert.Equal((ulong)samples.TimestampMs, samples.Current.Count);
        }
        Assert.False(samples.IsFailed);
        Assert.Equal((chunk.MinTimeMs, chunk.MaxTimeMs), (times[0], times[^1]));
        return times;
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
