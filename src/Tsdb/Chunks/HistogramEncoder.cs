using System.Buffers.Binary;

namespace Tsdb.Chunks;

/// <summary>Writes samples of one layout into a histogram chunk. Decides nothing: see <see cref="HistogramChunk"/>.</summary>
internal sealed class HistogramEncoder
{
    /// <summary>Sample count and flags.</summary>
    public const int HeaderBytes = 3;

    /// <summary>Most bytes of one number: 77 bits of an XORed value.</summary>
    private const int NumberMaxBytes = 10;

    private readonly bool _isFloat;
    private readonly HistogramValues _values;
    private readonly ulong[] _scratch;
    private readonly uint _layoutEnd; // Bits of header and layout.
    private byte[] _bytes;
    private uint _bitLength = HeaderBytes * 8;
    private long _lastTimeMs;
    private long _timeDelta;
    private byte _sumLeading = XorValue.NoWindow;
    private byte _sumTrailing;

    public HistogramEncoder(bool isFloat, HistogramLayout layout, CounterResetHeader header)
    {
        _isFloat = isFloat;
        Layout = layout;
        var count = HistogramValues.CountsLength + layout.PositiveCount + layout.NegativeCount;
        _values = new HistogramValues(isFloat, count).WithoutWindows();
        _scratch = new ulong[count];
        _bytes = new byte[HeaderBytes + layout.SizeMaxBytes + ((count + 2) * NumberMaxBytes)];
        _bytes[2] = (byte)header;
        var writer = new BitWriter(_bytes, _bitLength);
        layout.Write(ref writer);
        _layoutEnd = _bitLength = writer.BitLength;
    }

    public HistogramLayout Layout { get; }

    public int SampleCount { get; private set; }

    public CounterResetHeader Header => (CounterResetHeader)_bytes[2];

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, (int)((_bitLength + 7) >> 3));

    /// <summary>Bytes of its arrays: the chunk with its room to grow, last values, windows and scratch of each
    /// bucket.</summary>
    public long CapacityBytes => _bytes.Length + (_scratch.Length * (3L * sizeof(ulong)));

    /// <summary>Bits of the last sample's sum.</summary>
    public ulong LastSumBits { get; private set; }

    public ulong LastCount => _values.Last[0];

    public ulong LastZeroCount => _values.Last[1];

    public BucketsView LastPositive =>
        new(Layout.Positive, _values.Last.Slice(HistogramValues.CountsLength, Layout.PositiveCount));

    public BucketsView LastNegative =>
        new(Layout.Negative, _values.Last[(HistogramValues.CountsLength + Layout.PositiveCount)..]);

    /// <summary>Becomes an empty chunk of the same layout.</summary>
    public void Restart(CounterResetHeader header)
    {
        _bitLength = _layoutEnd;
        // The writer keeps what is in front of it, and behind the last bit of the layout there must be zeros.
        var used = (int)(_layoutEnd & 7);
        if (used > 0) _bytes[_layoutEnd >> 3] &= (byte)~(0xff >> used);
        _bytes[2] = (byte)header;
        _values.Restart();
        (SampleCount, _lastTimeMs, _timeDelta, LastSumBits) = (0, 0, 0, 0);
        (_sumLeading, _sumTrailing) = (XorValue.NoWindow, 0);
    }

    /// <summary>Appends a sample whose buckets all are in the layout, or a stale marker.</summary>
    public void Append(long timestampMs, HistogramSample sample)
    {
        if (SampleCount == ushort.MaxValue)
            throw new InvalidOperationException("BUG: chunk holds 65535 samples, the most its count can say");
        var needed = Bytes.Length + ((_scratch.Length + 2) * NumberMaxBytes);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length + (_bytes.Length / 2)));
        var writer = new BitWriter(_bytes, _bitLength);
        var buckets = Spread(sample);
        if (SampleCount == 0) WriteFirst(ref writer, timestampMs, sample.SumBits, buckets);
        else WriteNext(ref writer, timestampMs, sample, buckets);
        _bitLength = writer.BitLength;
        _lastTimeMs = timestampMs;
        LastSumBits = sample.SumBits;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes, (ushort)++SampleCount);
    }

    /// <summary>Counts and buckets in the chunk's layout; a stale marker has no buckets and counts of zero.</summary>
    private ReadOnlySpan<ulong> Spread(HistogramSample sample)
    {
        var isStale = sample.IsStale;
        _scratch[0] = isStale ? 0 : sample.Count;
        _scratch[1] = isStale ? 0 : sample.ZeroCount;
        if (isStale) return default;
        var buckets = _scratch.AsSpan(HistogramValues.CountsLength);
        HistogramBuckets.Spread(sample.Positive, Layout.Positive, buckets[..Layout.PositiveCount], _isFloat);
        HistogramBuckets.Spread(sample.Negative, Layout.Negative, buckets[Layout.PositiveCount..], _isFloat);
        return buckets;
    }

    private void WriteFirst(ref BitWriter writer, long timestampMs, ulong sumBits, ReadOnlySpan<ulong> buckets)
    {
        Varbit.WriteInt(ref writer, timestampMs);
        _values.WriteFirst(ref writer, 0, _scratch.AsSpan(0, HistogramValues.CountsLength));
        writer.Write(sumBits, 64);
        _values.WriteFirst(ref writer, HistogramValues.CountsLength, buckets);
    }

    private void WriteNext(ref BitWriter writer, long timestampMs, HistogramSample sample, ReadOnlySpan<ulong> buckets)
    {
        var delta = timestampMs - _lastTimeMs;
        Varbit.WriteInt(ref writer, delta - _timeDelta);
        _timeDelta = delta;
        if (sample.IsStale && !_isFloat) writer.Write(0, 2); // Two changes of zero, whatever the counts were.
        else _values.WriteNext(ref writer, 0, _scratch.AsSpan(0, HistogramValues.CountsLength));
        XorValue.Write(ref writer, 0, 0, sample.SumBits ^ LastSumBits, ref _sumLeading, ref _sumTrailing);
        _values.WriteNext(ref writer, HistogramValues.CountsLength, buckets);
    }
}
