using System.Runtime.InteropServices;

namespace Tsdb.Chunks;

/// <summary>What all samples of a histogram chunk share: schema, zero bucket, which buckets there are.</summary>
/// <remarks>Layout: docs/formats/chunks.md.</remarks>
internal sealed class HistogramLayout
{
    /// <summary>Zero thresholds that are a power of two from 2^-243 to 2^10 are stored in a byte: exponent + 244.</summary>
    private const int ThresholdBias = 244;

    private const byte ThresholdRaw = 0xff;

    /// <summary>Bounds in thousandths up to here are stored as numbers of 25 bits: 2^25 - 2, since 0 and 1 up are
    /// taken.</summary>
    private const double BoundThousandthsMax = 33_554_430;

    /// <summary>Layout and three lists with the headers of their arrays.</summary>
    private const int ObjectsBytes = 64 + (3 * (32 + 24));

    private readonly List<BucketSpan> _positive = [];
    private readonly List<BucketSpan> _negative = [];
    private readonly List<ulong> _customBounds = [];

    public int Schema { get; private set; }

    public ulong ZeroThresholdBits { get; private set; }

    public ReadOnlySpan<BucketSpan> Positive => CollectionsMarshal.AsSpan(_positive);

    public ReadOnlySpan<BucketSpan> Negative => CollectionsMarshal.AsSpan(_negative);

    public ReadOnlySpan<ulong> CustomBounds => CollectionsMarshal.AsSpan(_customBounds);

    public int PositiveCount { get; private set; }

    public int NegativeCount { get; private set; }

    /// <summary>Bytes on the heap, about: the object, three lists and their arrays.</summary>
    public long SizeBytes =>
        ObjectsBytes + (8L * (_positive.Capacity + _negative.Capacity + _customBounds.Capacity));

    /// <summary>Most bytes the layout takes: five numbers, two a span, one a bound and their count.</summary>
    public int SizeMaxBytes =>
        (5 + (2 * (_positive.Count + _negative.Count)) + 1 + _customBounds.Count) * Varbit.BitsMax / 8;

    /// <summary>The layout of one sample; that of a stale marker is empty.</summary>
    public static HistogramLayout Of(HistogramSample sample)
    {
        if (sample.IsStale) return new HistogramLayout();
        return With(sample, sample.PositiveSpans, sample.NegativeSpans);
    }

    /// <summary>The layout of a sample but for its spans.</summary>
    public static HistogramLayout With(HistogramSample sample, List<BucketSpan> positive, List<BucketSpan> negative)
    {
        var layout = new HistogramLayout { Schema = sample.Schema, ZeroThresholdBits = sample.ZeroThresholdBits };
        layout._positive.AddRange(positive);
        layout._negative.AddRange(negative);
        layout._customBounds.AddRange(sample.CustomBounds);
        layout.CountBuckets();
        return layout;
    }

    /// <summary>Whether another schema or zero bucket would be needed for a sample.</summary>
    public bool HasOtherSchema(HistogramSample sample) =>
        sample.Schema != Schema || ToDouble(sample.ZeroThresholdBits) != ToDouble(ZeroThresholdBits);

    /// <summary>Whether the sample has custom buckets with other bounds.</summary>
    public bool HasOtherBounds(HistogramSample sample)
    {
        if (sample.Schema != HistogramSample.CustomSchema) return false;
        if (sample.CustomBounds.Count != _customBounds.Count) return true;
        for (var i = 0; i < _customBounds.Count; i++)
        {
            if (sample.CustomBounds[i] != _customBounds[i]) return true;
        }
        return false;
    }

    /// <summary>Whether it is the very layout of a sample, bit for bit.</summary>
    public bool IsExactlyOf(HistogramSample sample) =>
        !sample.IsStale && sample.Schema == Schema && sample.ZeroThresholdBits == ZeroThresholdBits
        && sample.Positive.Spans.SequenceEqual(Positive) && sample.Negative.Spans.SequenceEqual(Negative)
        && sample.BoundBits.SequenceEqual(CustomBounds);

    public void Write(ref BitWriter writer)
    {
        WriteThreshold(ref writer, ZeroThresholdBits);
        Varbit.WriteInt(ref writer, Schema);
        WriteSpans(ref writer, _positive);
        WriteSpans(ref writer, _negative);
        if (Schema != HistogramSample.CustomSchema) return;
        Varbit.WriteUint(ref writer, (ulong)_customBounds.Count);
        foreach (var bound in _customBounds) WriteBound(ref writer, bound);
    }

    /// <summary>Reads a layout; the reader fails when it is malformed or has more buckets than the chunk has bits.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="bitsMax">Bits of the chunk: each bucket of a sample takes one at least.</param>
    public static HistogramLayout Read(ref BitReader reader, ulong bitsMax)
    {
        var layout = new HistogramLayout { ZeroThresholdBits = ReadThreshold(ref reader) };
        var schema = Varbit.ReadInt(ref reader);
        layout.Schema = (int)schema;
        ReadSpans(ref reader, layout._positive, bitsMax);
        ReadSpans(ref reader, layout._negative, bitsMax);
        if (schema is < -9 or > 52 && schema != HistogramSample.CustomSchema) reader.Fail();
        if (schema == HistogramSample.CustomSchema)
        {
            for (var left = Varbit.ReadUint(ref reader); left > 0 && !reader.IsFailed; left--)
                layout._customBounds.Add(ReadBound(ref reader));
        }
        if (!reader.IsFailed) layout.CountBuckets();
        return layout;
    }

    /// <summary>Gives a sample this layout.</summary>
    public void CopyTo(HistogramSample sample)
    {
        sample.Schema = Schema;
        sample.ZeroThresholdBits = ZeroThresholdBits;
        HistogramSample.Replace(sample.PositiveSpans, Positive);
        HistogramSample.Replace(sample.NegativeSpans, Negative);
        HistogramSample.Replace(sample.CustomBounds, CustomBounds);
    }

    private void CountBuckets()
    {
        PositiveCount = checked((int)HistogramBuckets.Count(_positive));
        NegativeCount = checked((int)HistogramBuckets.Count(_negative));
    }

    private static void WriteThreshold(ref BitWriter writer, ulong bits)
    {
        var exponent = (int)(bits >> 52) - 1023; // A set sign makes it far too large.
        var isPower = (bits & ((1ul << 52) - 1)) == 0 && exponent is >= 1 - ThresholdBias and <= 10;
        if (ToDouble(bits) == 0) writer.Write(0, 8);
        else if (isPower) writer.Write((ulong)(exponent + ThresholdBias), 8);
        else
        {
            writer.Write(ThresholdRaw, 8);
            writer.Write(bits, 64);
        }
    }

    private static ulong ReadThreshold(ref BitReader reader)
    {
        var code = (int)reader.Read(8);
        return code switch
        {
            0 => 0,
            ThresholdRaw => reader.Read(64),
            _ => (ulong)(code - ThresholdBias + 1023) << 52,
        };
    }

    private static void WriteSpans(ref BitWriter writer, List<BucketSpan> spans)
    {
        Varbit.WriteUint(ref writer, (ulong)spans.Count);
        foreach (var span in spans)
        {
            Varbit.WriteUint(ref writer, span.Length);
            Varbit.WriteInt(ref writer, span.Offset);
        }
    }

    private static void ReadSpans(ref BitReader reader, List<BucketSpan> spans, ulong bitsMax)
    {
        ulong total = 0;
        for (var left = Varbit.ReadUint(ref reader); left > 0 && !reader.IsFailed; left--)
        {
            var length = Varbit.ReadUint(ref reader);
            var offset = Varbit.ReadInt(ref reader);
            total += Math.Min(length, bitsMax + 1);
            if (total > bitsMax || offset != (int)offset)
            {
                reader.Fail();
                return;
            }
            spans.Add(new BucketSpan((int)offset, (uint)length));
        }
    }

    private static void WriteBound(ref BitWriter writer, ulong bits)
    {
        var bound = ToDouble(bits);
        var thousandths = bound * 1000;
        var rounded = Math.Round(thousandths, MidpointRounding.AwayFromZero);
        if (thousandths is >= 0 and <= BoundThousandthsMax && rounded / 1000 == bound)
        {
            Varbit.WriteUint(ref writer, (ulong)rounded + 1);
            return;
        }
        writer.Write(0, 1);
        writer.Write(bits, 64);
    }

    private static ulong ReadBound(ref BitReader reader)
    {
        var code = Varbit.ReadUint(ref reader);
        return code == 0 ? reader.Read(64) : BitConverter.DoubleToUInt64Bits((code - 1) / 1000.0);
    }

    private static double ToDouble(ulong bits) => BitConverter.UInt64BitsToDouble(bits);
}
