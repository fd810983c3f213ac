using Tsdb.Chunks;

namespace Receiver.RemoteWrite;

/// <summary>Reads a Histogram message of remote write 1.0 into a sample, as upstream's decoder does.</summary>
/// <remarks>
/// Fields: docs/formats/remote-write.md. The message was found well-formed when the request was walked. Repeated numbers come
/// packed, unpacked and mixed; of a scalar given twice the last counts. Whether the numbers make sense is not judged here.
/// </remarks>
internal static class HistogramDecoder
{
    private const int CountIntField = 1;
    private const int CountFloatField = 2;
    private const int SumField = 3;
    private const int SchemaField = 4;
    private const int ZeroThresholdField = 5;
    private const int ZeroCountIntField = 6;
    private const int ZeroCountFloatField = 7;
    private const int NegativeSpansField = 8;
    private const int NegativeDeltasField = 9;
    private const int NegativeCountsField = 10;
    private const int PositiveSpansField = 11;
    private const int PositiveDeltasField = 12;
    private const int PositiveCountsField = 13;
    private const int ResetHintField = 14;
    private const int TimestampField = 15;
    private const int CustomValuesField = 16;

    /// <summary>Reads the message between two offsets.</summary>
    /// <param name="body">Where it lies.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">The byte after its last.</param>
    /// <param name="sample">Overwritten.</param>
    /// <returns>Its time, Unix milliseconds.</returns>
    public static long Read(ReadOnlySpan<byte> body, int start, int end, HistogramSample sample)
    {
        sample.Clear();
        var timestamp = ReadScalars(body, start, end, sample);
        var reader = new WireReader(body, start, end);
        while (reader.NextField("Histogram"))
        {
            switch (reader.Field)
            {
                case NegativeSpansField: ReadSpan(body, ref reader, sample.NegativeSpans); break;
                case PositiveSpansField: ReadSpan(body, ref reader, sample.PositiveSpans); break;
                case NegativeDeltasField when !sample.IsFloat: ReadDeltas(body, ref reader, sample.NegativeBuckets); break;
                case PositiveDeltasField when !sample.IsFloat: ReadDeltas(body, ref reader, sample.PositiveBuckets); break;
                case NegativeCountsField when sample.IsFloat: ReadDoubles(body, ref reader, sample.NegativeBuckets); break;
                case PositiveCountsField when sample.IsFloat: ReadDoubles(body, ref reader, sample.PositiveBuckets); break;
                case CustomValuesField: ReadDoubles(body, ref reader, sample.CustomBounds); break;
                default: reader.Skip(); break;
            }
        }
        return timestamp;
    }

    /// <summary>What is not repeated comes first: which of the counts is there decides which buckets count.</summary>
    private static long ReadScalars(ReadOnlySpan<byte> body, int start, int end, HistogramSample sample)
    {
        ulong value = 0, timestamp = 0, zeroCount = 0;
        var isZeroFloat = false;
        var reader = new WireReader(body, start, end);
        while (reader.NextField("Histogram"))
        {
            if (reader.WireType == WireReader.Bytes || reader.Field > CustomValuesField)
            {
                reader.Skip();
                continue;
            }
            if (reader.WireType == WireReader.Varint ? !reader.TryVarint(out value) : !reader.TryFixed64(out value)) break;
            switch (reader.Field)
            {
                case CountIntField or CountFloatField:
                    (sample.IsFloat, sample.Count) = (reader.Field == CountFloatField, value);
                    break;
                case ZeroCountIntField or ZeroCountFloatField:
                    (isZeroFloat, zeroCount) = (reader.Field == ZeroCountFloatField, value);
                    break;
                case SumField: sample.SumBits = value; break;
                case SchemaField: sample.Schema = ZigZag32(value); break;
                case ZeroThresholdField: sample.ZeroThresholdBits = value; break;
                case ResetHintField:
                    sample.Hint = value <= (ulong)CounterResetHint.Gauge ? (CounterResetHint)value : CounterResetHint.Unknown;
                    break;
                case TimestampField: timestamp = value; break;
                default: break;
            }
        }
        if (isZeroFloat == sample.IsFloat) sample.ZeroCount = zeroCount;
        return (long)timestamp;
    }

    private static void ReadSpan(ReadOnlySpan<byte> body, ref WireReader reader, List<BucketSpan> to)
    {
        if (!reader.TryBytes(out var start)) return;
        ulong offset = 0, length = 0;
        var span = new WireReader(body, start, reader.Position);
        while (span.NextField("BucketSpan"))
        {
            if (span.Field == 1) span.TryVarint(out offset);
            else if (span.Field == 2) span.TryVarint(out length);
            else span.Skip();
        }
        to.Add(new BucketSpan(ZigZag32(offset), (uint)length));
    }

    private static void ReadDeltas(ReadOnlySpan<byte> body, ref WireReader reader, List<ulong> to)
    {
        ulong delta;
        if (reader.WireType != WireReader.Bytes)
        {
            if (reader.TryVarint(out delta)) to.Add(ZigZag64(delta));
            return;
        }
        if (!reader.TryBytes(out var start)) return;
        var packed = new WireReader(body, start, reader.Position);
        while (packed.Position < reader.Position && packed.TryVarint(out delta)) to.Add(ZigZag64(delta));
    }

    private static void ReadDoubles(ReadOnlySpan<byte> body, ref WireReader reader, List<ulong> to)
    {
        ulong bits;
        if (reader.WireType != WireReader.Bytes)
        {
            if (reader.TryFixed64(out bits)) to.Add(bits);
            return;
        }
        if (!reader.TryBytes(out var start)) return;
        var packed = new WireReader(body, start, reader.Position);
        while (packed.Position < reader.Position && packed.TryFixed64(out bits)) to.Add(bits);
    }

    /// <summary>Numbers of 32 bits are cut to them before they are decoded.</summary>
    private static int ZigZag32(ulong value) => (int)((uint)value >> 1) ^ -(int)((uint)value & 1);

    private static ulong ZigZag64(ulong value) => (value >> 1) ^ (ulong)-(long)(value & 1);
}
