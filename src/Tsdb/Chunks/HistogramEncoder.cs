using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>Writes samples of one layout into a histogram chunk. Decides nothing: see <see cref="HistogramChunk"/>.</summary>
/// <remarks>A part of its owner, not an object: two arrays are all it has besides, since an open chunk of every series is in
/// memory and every append would miss the cache once more for each.</remarks>
internal struct HistogramEncoder
{
    /// <summary>Sample count and flags.</summary>
    public const int HeaderBytes = 3;

    /// <summary>In front of an array's items.</summary>
    private const int ArrayHeaderBytes = 16;

    private readonly bool _isFloat;
    private readonly uint _layoutEnd; // Bits of header and layout.
    private readonly ulong[] _numbers; // Of the last sample, then the last differences, or the windows four to a word.
    private byte[] _bytes; // The sample count is only written when they are looked at.
    private uint _bitLength = HeaderBytes * 8;
    private long _lastTimeMs;
    private long _timeDelta;
    private ushort _sumWindow = HistogramNumbers.NoWindow;

    public HistogramEncoder(bool isFloat, HistogramLayout layout, CounterResetHeader header)
    {
        _isFloat = isFloat;
        (Layout, Header) = (layout, header);
        var count = HistogramValues.CountsLength + layout.PositiveCount + layout.NegativeCount;
        _numbers = new ulong[NumbersLength(isFloat, count)];
        _bytes = new byte[HeaderBytes + layout.SizeMaxBytes + SampleMaxBytes + PackedBitWriter.SlackBytes];
        var writer = new BitWriter(_bytes, _bitLength);
        layout.Write(ref writer);
        _layoutEnd = _bitLength = writer.BitLength;
        if (isFloat) Windows.Fill(HistogramNumbers.NoWindow);
    }

    public HistogramLayout Layout { get; }

    public int SampleCount { get; private set; }

    public CounterResetHeader Header { get; private set; }

    /// <summary>Bits of the last sample's sum.</summary>
    public ulong LastSumBits { get; private set; }

    public readonly ulong LastCount => _numbers[0];

    public readonly ulong LastZeroCount => _numbers[1];

    public readonly BucketsView LastPositive =>
        new(Layout.Positive, _numbers.AsSpan(HistogramValues.CountsLength, Layout.PositiveCount));

    public readonly BucketsView LastNegative =>
        new(Layout.Negative, _numbers.AsSpan(HistogramValues.CountsLength + Layout.PositiveCount, Layout.NegativeCount));

    public readonly ReadOnlySpan<byte> Bytes
    {
        get
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes, (ushort)SampleCount);
            _bytes[2] = (byte)Header;
            return _bytes.AsSpan(0, LengthBytes);
        }
    }

    public readonly int LengthBytes => (int)((_bitLength + 7) >> 3);

    /// <summary>Bytes of its arrays: the chunk with its room to grow, what is remembered of each number.</summary>
    public readonly long CapacityBytes => _bytes.Length + (_numbers.Length * (long)sizeof(ulong));

    private readonly int Count => HistogramValues.CountsLength + Layout.PositiveCount + Layout.NegativeCount;

    private readonly Span<ushort> Windows => MemoryMarshal.Cast<ulong, ushort>(_numbers.AsSpan(Count));

    /// <summary>Time, sum and all the numbers.</summary>
    private readonly int SampleMaxBytes => (Count + 2) * HistogramNumbers.SizeMaxBytes;

    /// <summary>Asks the processor for what the next append will touch.</summary>
    public readonly void Prefetch()
    {
        CacheLine.Prefetch(_numbers, 0, ArrayHeaderBytes + (NumbersLength(_isFloat, Count) * sizeof(ulong)));
        var at = ArrayHeaderBytes + LengthBytes;
        CacheLine.Prefetch(_bytes, 0, 1); // Its length, which every slice looks at.
        CacheLine.Prefetch(_bytes, at, at + (2 * CacheLine.SizeBytes));
    }

    /// <summary>Becomes an empty chunk of the same layout.</summary>
    public void Restart(CounterResetHeader header)
    {
        _bitLength = _layoutEnd;
        Array.Clear(_numbers);
        if (_isFloat) Windows.Fill(HistogramNumbers.NoWindow);
        (Header, SampleCount, _lastTimeMs, _timeDelta, LastSumBits) = (header, 0, 0, 0, 0);
        _sumWindow = HistogramNumbers.NoWindow;
    }

    /// <summary>Appends a sample whose buckets all are in the layout, or a stale marker.</summary>
    public void Append(long timestampMs, HistogramSample sample)
    {
        if (SampleCount == ushort.MaxValue)
            throw new InvalidOperationException("BUG: chunk holds 65535 samples, the most its count can say");
        var needed = LengthBytes + SampleMaxBytes + PackedBitWriter.SlackBytes;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length + (_bytes.Length / 2)));
        Write(timestampMs, sample);
        _lastTimeMs = timestampMs;
        LastSumBits = sample.SumBits;
        SampleCount++;
    }

    private static int NumbersLength(bool isFloat, int count) => count + (isFloat ? (count + 3) / 4 : count);

    /// <summary>Buckets in the chunk's layout; a stale marker has none and counts of zero.</summary>
    private static ReadOnlySpan<ulong> InLayout(
        BucketsView buckets, ReadOnlySpan<BucketSpan> layout, int count, bool isFloat, scoped ref ulong[]? scratch)
    {
        if (buckets.Numbers.Length == count && buckets.Spans.SequenceEqual(layout)) return buckets.Numbers;
        scratch = ArrayPool<ulong>.Shared.Rent(count);
        HistogramBuckets.Spread(buckets, layout, scratch.AsSpan(0, count), isFloat);
        return scratch.AsSpan(0, count);
    }

    /// <summary>Time, counts, sum, buckets. A first sample has the counts and buckets as they are, a later one their
    /// changes.</summary>
    private void Write(long timestampMs, HistogramSample sample)
    {
        var writer = new PackedBitWriter(_bytes, _bitLength, SampleMaxBytes);
        var isFirst = SampleCount == 0;
        // Before the first sample both are zero, so that its time is written as it is; a difference there is only after it.
        var delta = timestampMs - _lastTimeMs;
        HistogramNumbers.WriteInteger(ref writer, delta - _timeDelta);
        if (!isFirst) _timeDelta = delta;
        var isStale = sample.IsStale;
        ReadOnlySpan<ulong> counts = [isStale ? 0 : sample.Count, isStale ? 0 : sample.ZeroCount];
        if (isFirst && !_isFloat) WriteUnsigned(ref writer, counts); // Unlike buckets.
        else if (isStale && !_isFloat) writer.Put(0, 2); // Two changes of zero, whatever the counts were.
        else Write(ref writer, isFirst, 0, counts);
        if (isFirst) writer.PutWide(sample.SumBits, 64);
        else HistogramNumbers.WriteFloat(ref writer, sample.SumBits ^ LastSumBits, ref _sumWindow);
        if (!isStale)
        {
            Write(ref writer, isFirst, sample.Positive, Layout.Positive, HistogramValues.CountsLength, Layout.PositiveCount);
            var negative = HistogramValues.CountsLength + Layout.PositiveCount;
            Write(ref writer, isFirst, sample.Negative, Layout.Negative, negative, Layout.NegativeCount);
        }
        _bitLength = writer.BitLength;
    }

    private readonly void Write(
        ref PackedBitWriter writer, bool isFirst, BucketsView buckets, ReadOnlySpan<BucketSpan> layout, int from, int count)
    {
        if (count == 0) return;
        ulong[]? scratch = null;
        Write(ref writer, isFirst, from, InLayout(buckets, layout, count, _isFloat, ref scratch));
        if (scratch is not null) ArrayPool<ulong>.Shared.Return(scratch);
    }

    private readonly void Write(ref PackedBitWriter writer, bool isFirst, int from, scoped ReadOnlySpan<ulong> values)
    {
        var last = _numbers.AsSpan(from, values.Length);
        if (isFirst)
        {
            HistogramNumbers.WriteFirst(ref writer, values, _isFloat);
            values.CopyTo(last);
        }
        else if (_isFloat)
        {
            HistogramNumbers.WriteFloats(ref writer, values, last, Windows.Slice(from, values.Length));
        }
        else
        {
            HistogramNumbers.WriteIntegers(ref writer, values, last, _numbers.AsSpan(Count + from, values.Length));
        }
    }

    private readonly void WriteUnsigned(ref PackedBitWriter writer, scoped ReadOnlySpan<ulong> counts)
    {
        foreach (var count in counts) HistogramNumbers.WriteUnsigned(ref writer, count);
        counts.CopyTo(_numbers);
    }
}
