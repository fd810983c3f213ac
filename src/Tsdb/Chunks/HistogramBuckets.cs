using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tsdb.Chunks;

/// <summary>Compares and converts the buckets of one sign between layouts.</summary>
internal static class HistogramBuckets
{
    /// <summary>Sees whether a sample can follow another one in a chunk of the other one's layout.</summary>
    /// <param name="last">The last sample, in the chunk's layout.</param>
    /// <param name="sample">The new sample.</param>
    /// <param name="isFloat">Whether counts are doubles.</param>
    /// <param name="isGauge">Whether counts may go down.</param>
    public static Comparison Compare(BucketsView last, BucketsView sample, bool isFloat, bool isGauge)
    {
        // Nearly always both have the same buckets.
        if (last.Numbers.Length == sample.Numbers.Length && last.Spans.SequenceEqual(sample.Spans))
            return new Comparison(!isGauge && IsAnyBelow(sample.Numbers, last.Numbers, isFloat), 0, 0);
        var old = new BucketWalk(last, isFloat);
        var now = new BucketWalk(sample, isFloat);
        int missingInChunk = 0, missingInSample = 0;
        var run = Side.Both;
        old.MoveNext();
        now.MoveNext();
        while (old.IsValid || now.IsValid)
        {
            var side = !old.IsValid || (now.IsValid && now.Index < old.Index) ? Side.Sample
                : !now.IsValid || old.Index < now.Index ? Side.Chunk : Side.Both;
            if (!isGauge && side == Side.Chunk && !old.IsZero) return new Comparison(true, 0, 0);
            if (!isGauge && side == Side.Both && IsBelow(now.Count, old.Count, isFloat)) return new Comparison(true, 0, 0);
            if (side == Side.Sample && run != side) missingInChunk++;
            if (side == Side.Chunk && run != side) missingInSample++;
            run = side;
            if (side != Side.Sample) old.MoveNext();
            if (side != Side.Chunk) now.MoveNext();
        }
        return new Comparison(false, missingInChunk, missingInSample);
    }

    /// <summary>The layout of the buckets that either layout has; neighbours share a span.</summary>
    public static List<BucketSpan> Union(ReadOnlySpan<BucketSpan> left, ReadOnlySpan<BucketSpan> right)
    {
        var union = new List<BucketSpan>();
        var a = new BucketWalk(new BucketsView(left, default), isFloat: true);
        var b = new BucketWalk(new BucketsView(right, default), isFloat: true);
        a.MoveNext();
        b.MoveNext();
        var last = -1;
        while (a.IsValid || b.IsValid)
        {
            var index = !b.IsValid || (a.IsValid && a.Index < b.Index) ? a.Index : b.Index;
            if (union.Count > 0 && index == last + 1) union[^1] = union[^1] with { Length = union[^1].Length + 1 };
            else union.Add(new BucketSpan(index - last - 1, 1));
            last = index;
            while (a.IsValid && a.Index <= index) a.MoveNext();
            while (b.IsValid && b.Index <= index) b.MoveNext();
        }
        return union;
    }

    /// <summary>Puts buckets into a layout that has all of theirs and perhaps more, which get a count of zero.</summary>
    public static void Spread(BucketsView buckets, ReadOnlySpan<BucketSpan> layout, Span<ulong> spread, bool isFloat)
    {
        if (buckets.Spans.SequenceEqual(layout) && buckets.Numbers.Length == spread.Length)
        {
            buckets.Numbers.CopyTo(spread);
            return;
        }
        var source = new BucketWalk(buckets, isFloat);
        var target = new BucketWalk(new BucketsView(layout, default), isFloat);
        source.MoveNext();
        ulong before = 0;
        for (var i = 0; i < spread.Length && target.MoveNext(); i++)
        {
            while (source.IsValid && source.Index < target.Index) source.MoveNext();
            var count = source.IsValid && source.Index == target.Index ? source.Count : 0;
            spread[i] = isFloat ? count : count - before;
            before = count;
        }
    }

    /// <summary>Buckets that spans cover.</summary>
    public static long Count(List<BucketSpan> spans)
    {
        long count = 0;
        foreach (var span in CollectionsMarshal.AsSpan(spans)) count += span.Length;
        return count;
    }

    /// <summary>Whether a bucket's count is lower than that of the same bucket before.</summary>
    /// <remarks>To the end, whatever is found: it is nearly always "no", and a branch for each bucket costs more.</remarks>
    public static bool IsAnyBelow(ReadOnlySpan<ulong> now, ReadOnlySpan<ulong> old, bool isFloat)
    {
        var isBelow = false;
        var length = Math.Min(now.Length, old.Length);
        if (isFloat)
        {
            var i = 0;
            for (; i <= length - Vector256<double>.Count; i += Vector256<double>.Count)
            {
                var (left, right) = (Vector256.Create(now[i..]).AsDouble(), Vector256.Create(old[i..]).AsDouble());
                isBelow |= Vector256.LessThanAny(left, right);
            }
            for (; i < length; i++) isBelow |= IsBelow(now[i], old[i], isFloat: true);
            return isBelow;
        }
        // Numbers are differences to the bucket before.
        var (countNow, countOld) = (0L, 0L);
        var done = RunningSums.IsSupported
            ? RunningSums.AreBelow(now[..length], old[..length], ref countNow, ref countOld, ref isBelow) : 0;
        for (var i = done; i < length; i++)
        {
            countNow += (long)now[i];
            countOld += (long)old[i];
            isBelow |= countNow < countOld;
        }
        return isBelow;
    }

    /// <summary>Whether a count is lower than another one; integers are signed, as upstream compares buckets.</summary>
    public static bool IsBelow(ulong left, ulong right, bool isFloat) => isFloat
        ? BitConverter.UInt64BitsToDouble(left) < BitConverter.UInt64BitsToDouble(right)
        : (long)left < (long)right;

    /// <summary>How two layouts differ. Runs are counted, not buckets, as upstream does: a run ends at any bucket of the other
    /// layout.</summary>
    /// <param name="IsReset">A count went down or a bucket in use is gone.</param>
    /// <param name="MissingInChunk">Runs of buckets that only the sample has.</param>
    /// <param name="MissingInSample">Runs of buckets that only the chunk has.</param>
    public readonly record struct Comparison(bool IsReset, int MissingInChunk, int MissingInSample);

    private enum Side
    {
        Both,
        Chunk,
        Sample,
    }
}
