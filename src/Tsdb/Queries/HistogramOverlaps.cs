using System.Runtime.InteropServices;
using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Merges overlapping chunks when at least one of them holds native histograms.</summary>
/// <remarks>
/// All are decoded, the samples put in order of time and encoded again: a new chunk begins when the kind changes, when a
/// histogram does not fit the open one, and after 120 samples. At equal times the sample of the chunk that comes first stays.
/// Such overlaps are rare (late blocks, a cut under way), so samples are objects here.
/// </remarks>
internal static class HistogramOverlaps
{
    private const int SamplesPerChunkMax = 120;

    /// <summary>Appends the merged content of the chunks between two indexes, which are sorted, to a result.</summary>
    /// <exception cref="InvalidDataException">A chunk is malformed.</exception>
    public static void Merge(List<ChunkView> sorted, int start, int end, List<ChunkView> into)
    {
        var samples = new List<Sample>();
        for (var i = start; i < end; i++) Decode(sorted[i], i, samples);
        samples.Sort(static (a, b) =>
        {
            var order = a.TimestampMs.CompareTo(b.TimestampMs);
            return order != 0 ? order : a.Chunk.CompareTo(b.Chunk);
        });
        DropRepeatedTimes(samples);
        Encode(samples, into);
    }

    /// <summary>Appends samples, which ascend in time, to a result as chunks.</summary>
    public static void Encode(List<Sample> samples, List<ChunkView> into)
    {
        HistogramChunk? previous = null;
        for (var at = 0; at < samples.Count;)
        {
            var run = CollectionsMarshal.AsSpan(samples)[at..];
            at += run[0].Histogram is null ? EncodeFloats(run, into) : EncodeHistograms(run, ref previous, into);
        }
    }

    private static void Decode(in ChunkView chunk, int order, List<Sample> to)
    {
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(chunk.Data.Span);
            while (floats.MoveNext()) to.Add(new Sample(floats.TimestampMs, order, floats.ValueBits, null));
            if (floats.IsFailed) throw new InvalidDataException($"CORRUPT: XOR chunk at {chunk.MinTimeMs}: it ends early");
            return;
        }
        var histograms = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        while (histograms.MoveNext())
        {
            var copy = new HistogramSample();
            copy.CopyFrom(histograms.Current);
            to.Add(new Sample(histograms.TimestampMs, order, 0, copy));
        }
        if (histograms.IsFailed) throw new InvalidDataException($"CORRUPT: histogram chunk at {chunk.MinTimeMs} ends early");
    }

    private static void DropRepeatedTimes(List<Sample> samples)
    {
        var kept = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            if (kept == 0 || samples[i].TimestampMs != samples[kept - 1].TimestampMs) samples[kept++] = samples[i];
        }
        samples.RemoveRange(kept, samples.Count - kept);
    }

    /// <summary>Encodes the floats at the beginning of a run; returns how many.</summary>
    private static int EncodeFloats(ReadOnlySpan<Sample> run, List<ChunkView> into)
    {
        var room = new byte[XorChunk.HeaderBytes + (Math.Min(run.Length, SamplesPerChunkMax) * XorChunk.SampleSizeMaxBytes)];
        var state = default(XorAppendState);
        var count = 0;
        for (; count < run.Length && count < SamplesPerChunkMax && run[count].Histogram is null; count++)
            XorChunk.TryAppend(ref state, room, run[count].TimestampMs, run[count].ValueBits);
        into.Add(new ChunkView(
            run[0].TimestampMs, run[count - 1].TimestampMs, ChunkEncoding.Xor, room.AsMemory(0, state.LengthBytes)));
        return count;
    }

    /// <summary>Encodes the histograms of one chunk at the beginning of a run; returns how many.</summary>
    private static int EncodeHistograms(ReadOnlySpan<Sample> run, ref HistogramChunk? previous, List<ChunkView> into)
    {
        var chunk = HistogramChunk.Begin(run[0].TimestampMs, run[0].Histogram!, previous);
        var count = 1;
        for (; count < run.Length && count < SamplesPerChunkMax; count++)
        {
            if (run[count].Histogram is not { } next || next.IsFloat != chunk.IsFloat) break;
            if (chunk.Append(run[count].TimestampMs, next, out _) == HistogramAppend.NewChunk) break;
        }
        into.Add(new ChunkView(run[0].TimestampMs, run[count - 1].TimestampMs, chunk.Encoding, chunk.Bytes.ToArray()));
        previous = chunk;
        return count;
    }

    /// <summary>A sample of either kind and the place of its chunk among the others.</summary>
    public readonly record struct Sample(long TimestampMs, int Chunk, ulong ValueBits, HistogramSample? Histogram);
}
