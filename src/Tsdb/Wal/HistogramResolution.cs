using Tsdb.Chunks;

namespace Tsdb.Wal;

/// <summary>Merges buckets of exponential histograms so that a coarser schema holds them.</summary>
internal static class HistogramResolution
{
    /// <summary>Reduces a histogram to a coarser schema in place.</summary>
    /// <param name="histogram">Exponential, of a finer schema.</param>
    /// <param name="schema">The schema wanted, at most the present one.</param>
    /// <remarks>Each step down joins two neighbours: bucket i of the fine schema lies in bucket ((i - 1) >> steps) + 1 of the
    /// coarse one.</remarks>
    public static void Reduce(HistogramSample histogram, int schema)
    {
        var steps = histogram.Schema - schema;
        Reduce(histogram.PositiveSpans, histogram.PositiveBuckets, steps, histogram.IsFloat);
        Reduce(histogram.NegativeSpans, histogram.NegativeBuckets, steps, histogram.IsFloat);
        histogram.Schema = schema;
    }

    private static void Reduce(List<BucketSpan> spans, List<ulong> buckets, int steps, bool isFloat)
    {
        // Buckets are never more than were read so far, so they are replaced in place.
        int bucketCount = 0, read = 0, fine = 0, lastCoarse = 0;
        ulong fineCount = 0, previousCount = 0, count = 0; // Differences may be negative: sums wrap around as signed ones do.
        var source = spans.ToArray(); // Such schemas are rare: nobody writes them today.
        spans.Clear();
        foreach (var span in source)
        {
            fine += span.Offset;
            for (var j = 0u; j < span.Length && read < buckets.Count; j++, fine++)
            {
                var coarse = ((fine - 1) >> steps) + 1;
                fineCount = isFloat ? buckets[read] : fineCount + buckets[read];
                read++;
                if (bucketCount > 0 && coarse == lastCoarse)
                {
                    count = isFloat ? AddDoubles(count, fineCount) : count + fineCount;
                }
                else
                {
                    AddToSpans(spans, coarse, lastCoarse);
                    (previousCount, count) = (bucketCount > 0 ? count : 0, fineCount);
                    (lastCoarse, bucketCount) = (coarse, bucketCount + 1);
                }
                buckets[bucketCount - 1] = isFloat ? count : count - previousCount;
            }
        }
        buckets.RemoveRange(bucketCount, buckets.Count - bucketCount);
    }

    private static void AddToSpans(List<BucketSpan> spans, int coarse, int lastCoarse)
    {
        if (spans.Count == 0)
            spans.Add(new BucketSpan(coarse, 1));
        else if (coarse == lastCoarse + 1)
            spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
        else
            spans.Add(new BucketSpan(coarse - lastCoarse - 1, 1));
    }

    private static ulong AddDoubles(ulong left, ulong right) =>
        BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(left) + BitConverter.UInt64BitsToDouble(right));
}
