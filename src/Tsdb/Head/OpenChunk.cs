using System.Numerics;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Appends floats to a series' open XOR chunk, and cuts chunks where upstream cuts them.</summary>
/// <remarks>Bit layout: docs/formats/chunks.md; cut rules: docs/formats/head.md. The caller holds the series' stripe
/// lock.</remarks>
internal sealed class OpenChunk(ChunkBlocks blocks, long chunkRangeMs)
{
    /// <summary>A chunk of this many bytes is full: 1024 less the longest sample, 19 bytes.</summary>
    private const int FullBytes = 1024 - 19;

    /// <summary>Samples wanted in a chunk.</summary>
    private const int SamplesPerChunk = 120;

    /// <summary>After this many samples the chunk's end is planned so that chunks fill their range evenly.</summary>
    private const int PlanAtSamples = SamplesPerChunk / 4;

    private const int SamplesMax = 2 * SamplesPerChunk;

    /// <summary>Whether the open chunk must be completed before a sample at <paramref name="t"/>; may plan the chunk's
    /// end.</summary>
    public static bool MustCut(ref MemSeries series, long t)
    {
        if (series.Tail.LengthBytes > FullBytes) return true;
        if (series.SampleCount == PlanAtSamples)
            series.NextChunkAtMs = PlanEnd(
                series.ChunkMinTimeMs, series.LastTimestampMs, series.NextChunkAtMs, SamplesPerChunk / PlanAtSamples);
        return t >= series.NextChunkAtMs || series.SampleCount >= SamplesMax || t - series.LastTimestampMs > uint.MaxValue;
    }

    /// <summary>Starts a chunk with its first sample.</summary>
    public void Begin(ref MemSeries series, ref ColdSeries cold, long t, ulong valueBits)
    {
        series.Tail = blocks.Begin();
        cold.FirstBlock = series.Tail.Block;
        series.ChunkMinTimeMs = t;
        series.NextChunkAtMs = RangeEnd(t);
        series.SampleCount = 1;
        series.Leading = MemSeries.NoWindow;
        series.Trailing = 0;
        series.DeltaMs = 0;
        blocks.Write(ref series.Tail, 0, 16); // Sample count, filled in when the chunk is read.
        WriteVarint(ref series.Tail, Varint.ZigZag(t));
        blocks.Write(ref series.Tail, valueBits, 64);
    }

    /// <summary>Adds a sample later than the newest one to the open chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref MemSeries series, long t, ulong valueBits)
    {
        var delta = (uint)(t - series.LastTimestampMs);
        if (series.SampleCount == 1) WriteVarint(ref series.Tail, delta);
        else WriteDeltaOfDelta(ref series.Tail, (long)delta - series.DeltaMs);
        series.DeltaMs = delta;
        WriteValue(ref series, valueBits ^ series.LastValueBits);
        series.SampleCount++;
    }

    /// <summary>First time after the chunk range that contains <paramref name="t"/>.</summary>
    public long RangeEnd(long t) => (t / chunkRangeMs * chunkRangeMs) + chunkRangeMs;

    /// <summary>When a chunk should end so that the rest of its range splits into equal ones.</summary>
    /// <param name="start">First sample of the chunk.</param>
    /// <param name="current">Newest sample of the chunk.</param>
    /// <param name="max">End of the range.</param>
    /// <param name="ratioToFull">How many times as much as it holds the chunk should hold.</param>
    public static long PlanEnd(long start, long current, long max, double ratioToFull)
    {
        var chunks = (max - start) / ((current - start + 1) * ratioToFull);
        return chunks <= 1 ? max : (long)(start + ((max - start) / Math.Floor(chunks)));
    }

    private void WriteVarint(ref ChunkTail tail, ulong value)
    {
        for (; value >= 0x80; value >>= 7) blocks.WriteByte(ref tail, (byte)(value | 0x80));
        blocks.WriteByte(ref tail, (byte)value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteDeltaOfDelta(ref ChunkTail tail, long dod)
    {
        if (dod == 0) blocks.Write(ref tail, 0, 1);
        else WriteChangedDelta(ref tail, dod);
    }

    private void WriteChangedDelta(ref ChunkTail tail, long dod)
    {
        // Each width holds -(2^(n-1)-1) … 2^(n-1): the upper bound is one more than two's complement has.
        if (dod is >= -8191 and <= 8192) blocks.Write(ref tail, (0b10UL << 14) | ((ulong)dod & 0x3fff), 16);
        else if (dod is >= -65535 and <= 65536) blocks.Write(ref tail, (0b110UL << 17) | ((ulong)dod & 0x1ffff), 20);
        else if (dod is >= -524287 and <= 524288) blocks.Write(ref tail, (0b1110UL << 20) | ((ulong)dod & 0xfffff), 24);
        else
        {
            blocks.Write(ref tail, 0b1111, 4);
            blocks.Write(ref tail, (ulong)dod, 64);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteValue(ref MemSeries series, ulong xor)
    {
        if (xor == 0)
        {
            blocks.Write(ref series.Tail, 0, 1);
            return;
        }
        var leading = Math.Min(BitOperations.LeadingZeroCount(xor), 31); // Five bits hold it.
        var trailing = BitOperations.TrailingZeroCount(xor);
        if (series.Leading != MemSeries.NoWindow && leading >= series.Leading && trailing >= series.Trailing)
        {
            var width = 64 - series.Leading - series.Trailing;
            WriteJoined(ref series.Tail, 0b10, 2, xor >> series.Trailing, width);
            return;
        }
        series.Leading = (byte)leading;
        series.Trailing = (byte)trailing;
        var significant = 64 - leading - trailing;
        var header = (0b11UL << 11) | ((ulong)leading << 6) | ((ulong)significant & 0x3f);
        WriteJoined(ref series.Tail, header, 13, xor >> trailing, significant);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteJoined(ref ChunkTail tail, ulong header, int headerBits, ulong bits, int count)
    {
        if (headerBits + count <= 64)
        {
            blocks.Write(ref tail, (header << count) | bits, headerBits + count);
            return;
        }
        blocks.Write(ref tail, header, headerBits);
        blocks.Write(ref tail, bits, count);
    }
}
