using System.Text;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;
using Tsdb.Tests.Chunks;

namespace Tsdb.Tests.Blocks;

/// <summary>Series in memory as a cursor.</summary>
internal sealed class ListCursor(List<(LabelSet Labels, ChunkView[] Chunks)> series) : SeriesCursor
{
    private int _at = -1;

    public override LabelSet Labels => series[_at].Labels;

    public override ReadOnlySpan<ChunkView> Chunks => series[_at].Chunks;

    public override bool MoveNext() => ++_at < series.Count;

    public static ChunkView Floats(params (long TimeMs, double Value)[] samples)
    {
        var bits = new List<(long, ulong)>();
        foreach (var (time, value) in samples) bits.Add((time, BitConverter.DoubleToUInt64Bits(value)));
        return new ChunkView(samples[0].TimeMs, samples[^1].TimeMs, ChunkEncoding.Xor, XorChunkTests.Encode(bits));
    }

    /// <summary>Every label name and value, and the empty string, sorted.</summary>
    public static List<ReadOnlyMemory<byte>> Symbols(List<(LabelSet Labels, ChunkView[] Chunks)> series)
    {
        var symbols = new SortedSet<string>(StringComparer.Ordinal) { "" };
        foreach (var (labels, _) in series)
        {
            foreach (var label in labels)
            {
                symbols.Add(Encoding.Latin1.GetString(label.Name));
                symbols.Add(Encoding.Latin1.GetString(label.Value));
            }
        }
        var sorted = new List<ReadOnlyMemory<byte>>();
        foreach (var symbol in symbols) sorted.Add(Encoding.Latin1.GetBytes(symbol));
        return sorted;
    }
}
