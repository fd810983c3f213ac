namespace Tsdb.Chunks;

/// <summary>Whether two histograms say the same, as upstream compares a sample with the newest one of its series.</summary>
internal static class HistogramEquality
{
    /// <summary>Compares kind, schema, counts, sum by its bits, zero bucket, layout, buckets and bounds; hints do not
    /// count.</summary>
    public static bool AreEqual(HistogramSample left, HistogramSample right)
    {
        if (left.IsFloat != right.IsFloat || left.Schema != right.Schema || left.SumBits != right.SumBits) return false;
        if (left.Count != right.Count || left.ZeroCount != right.ZeroCount) return false;
        if (!ToDouble(left.ZeroThresholdBits).Equals(ToDouble(right.ZeroThresholdBits))) return false;
        return AreEqual(left.Positive, right.Positive) && AreEqual(left.Negative, right.Negative)
            && left.BoundBits.SequenceEqual(right.BoundBits);
    }

    /// <summary>Runs without buckets do not count; what they skip does.</summary>
    private static bool AreEqual(BucketsView left, BucketsView right)
    {
        if (!left.Numbers.SequenceEqual(right.Numbers)) return false;
        var a = new BucketWalk(left, isFloat: true);
        var b = new BucketWalk(right, isFloat: true);
        for (var i = 0; i < left.Numbers.Length; i++)
        {
            if (a.MoveNext() != b.MoveNext() || a.Index != b.Index) return false;
        }
        return true;
    }

    private static double ToDouble(ulong bits) => BitConverter.UInt64BitsToDouble(bits);
}
