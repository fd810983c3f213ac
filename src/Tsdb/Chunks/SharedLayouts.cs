namespace Tsdb.Chunks;

/// <summary>Layouts that chunks of several series may share: the series of one histogram often have the same buckets, and one
/// object that all of them compare with stays in the cache.</summary>
/// <remarks>Any thread. A place for each hash, the newest layout wins: a chunk whose layout has lost its place keeps it, and is
/// none the worse for it.</remarks>
internal sealed class SharedLayouts
{
    /// <summary>Places; more layouts than this are not shared at once.</summary>
    private const int Places = 256;

    /// <summary>Larger layouts are not kept here: all together are then at most half a megabyte.</summary>
    private const int LayoutBytesMax = 2048;

    private const ulong Multiplier = 0x9e3779b97f4a7c15; // 2^64 / golden ratio spreads to the upper bits.

    private readonly HistogramLayout?[] _layouts = new HistogramLayout?[Places];

    /// <summary>The layout of a sample.</summary>
    public HistogramLayout Of(HistogramSample sample)
    {
        if (sample.IsStale) return HistogramLayout.Of(sample);
        ref var place = ref _layouts[Hash(sample) % Places];
        var layout = Volatile.Read(ref place);
        if (layout is not null && layout.IsExactlyOf(sample)) return layout;
        layout = HistogramLayout.Of(sample);
        if (layout.SizeBytes <= LayoutBytesMax) Volatile.Write(ref place, layout);
        return layout;
    }

    private static uint Hash(HistogramSample sample)
    {
        var hash = Mix((uint)sample.Schema, sample.ZeroThresholdBits);
        foreach (var span in sample.Positive.Spans) hash = Mix(hash, ((ulong)(uint)span.Offset << 32) | span.Length);
        hash = Mix(hash, (ulong)sample.PositiveSpans.Count);
        foreach (var span in sample.Negative.Spans) hash = Mix(hash, ((ulong)(uint)span.Offset << 32) | span.Length);
        foreach (var bound in sample.BoundBits) hash = Mix(hash, bound);
        return (uint)(hash >> 32);
    }

    private static ulong Mix(ulong hash, ulong word) => ulong.RotateLeft((hash ^ word) * Multiplier, 29);
}
