namespace Tsdb.Chunks;

/// <summary>Walks the buckets of one sign: index and count of each, the count no longer as a difference.</summary>
/// <remarks>Without numbers it walks the indexes alone, with counts of zero.</remarks>
internal ref struct BucketWalk(BucketsView buckets, bool isFloat)
{
    private readonly ReadOnlySpan<BucketSpan> _spans = buckets.Spans;
    private readonly ReadOnlySpan<ulong> _numbers = buckets.Numbers;
    private int _span;
    private uint _inSpan; // Buckets left in the span.
    private int _read;

    /// <summary>Index of the bucket at the position.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>Its count: an integer or the bits of a double.</summary>
    public ulong Count { get; private set; }

    /// <summary>Whether there is a bucket at the position.</summary>
    public bool IsValid { get; private set; }

    /// <summary>Whether the count is zero; both zeros of doubles are.</summary>
    public readonly bool IsZero => isFloat ? BitConverter.UInt64BitsToDouble(Count) == 0 : Count == 0;

    public bool MoveNext()
    {
        // A run without buckets still moves the index on.
        while (_inSpan == 0)
        {
            if (_span == _spans.Length)
            {
                IsValid = false;
                return false;
            }
            Index += _spans[_span].Offset;
            _inSpan = _spans[_span++].Length;
        }
        _inSpan--;
        Index++;
        var number = _read < _numbers.Length ? _numbers[_read] : 0;
        _read++;
        Count = isFloat ? number : Count + number;
        IsValid = true;
        return true;
    }
}
