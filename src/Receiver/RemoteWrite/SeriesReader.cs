using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>Reads one TimeSeries message into a batch: where its labels are, their hash, its float samples.</summary>
/// <remarks>
/// A label's inside is not looked at here: bytes whose hash the head or the ring cache knows were checked when they came first,
/// and unknown ones are checked then. Histograms and exemplars are checked, counted and flagged on the entry.
/// </remarks>
internal static class SeriesReader
{
    private const int LabelsField = 1;
    private const int SamplesField = 2;
    private const int ExemplarsField = 3;
    private const int HistogramsField = 4;
    private const byte LabelsTag = (LabelsField << 3) | WireReader.Bytes;

    // The usual sample: tag, eight bytes, tag, timestamp.
    private const byte ValueTag = (1 << 3) | WireReader.Fixed64;
    private const byte TimestampTag = (2 << 3) | WireReader.Varint;
    private const int ValueEnd = 1 + sizeof(ulong);

    /// <summary>Adds the series between two offsets of <paramref name="body"/>, the content of the batch.</summary>
    public static DecodeFault Add(Batch batch, ReadOnlySpan<byte> body, int fieldStart, int start, int end, int tenant)
    {
        if (batch.SeriesCount == Batch.SeriesMax) return new DecodeFault(DecodeError.TooMany, "timeseries", 0);
        int firstItem = batch.ItemCount, labelsStart = start, labelsEnd = -1, histograms = 0, exemplars = 0;
        var traits = SeriesTraits.None;
        var reader = new WireReader(body, start, end);
        while (reader.NextField("TimeSeries"))
        {
            switch (reader.Field)
            {
                case LabelsField:
                    if (!reader.Expect(WireReader.Bytes, "Labels") || !reader.TryBytes(out _)) break;
                    if (labelsEnd < 0) labelsStart = reader.FieldStart;
                    else if (labelsEnd != reader.FieldStart) traits |= SeriesTraits.JoinedLabels;
                    reader.SkipRun(LabelsTag);
                    labelsEnd = reader.Position;
                    break;
                case SamplesField:
                    ReadSample(batch, body, ref reader);
                    break;
                case ExemplarsField:
                    exemplars += CheckInner(body, ref reader, "Exemplars", MessageShape.Exemplar);
                    break;
                case HistogramsField:
                    histograms += CheckInner(body, ref reader, "Histograms", MessageShape.Histogram);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (!reader.Fault.IsNone) return reader.Fault;
        if (histograms > Batch.HistogramsMax - batch.HistogramCount) return new DecodeFault(DecodeError.TooMany, "histograms", 0);

        if (histograms > 0) traits |= SeriesTraits.Histograms;
        if (exemplars > 0) traits |= SeriesTraits.Exemplars;
        if (histograms + exemplars > 0) batch.CountOthers(histograms, exemplars);
        ref var entry = ref batch.AddSeries();
        entry.FieldOffset = fieldStart;
        entry.FieldLength = end - fieldStart;
        entry.LabelsOffset = labelsStart;
        entry.LabelsLength = Math.Max(labelsEnd, labelsStart) - labelsStart;
        entry.FirstItem = firstItem;
        entry.ItemCount = batch.ItemCount - firstItem;
        if (entry.ItemCount == 0) batch.SampleLessCount++;
        entry.Tenant = tenant;
        entry.Traits = traits;
        if ((traits & SeriesTraits.JoinedLabels) != 0) JoinLabels(batch, body, start, end, ref entry);
        Stamp(batch, ref entry);
        return DecodeFault.None;
    }

    // The hash comes last because labels may follow samples.
    private static void Stamp(Batch batch, ref SeriesEntry entry)
    {
        entry.Key = KeyedHash.Compute(batch.Labels(in entry));
        var tag = batch.SeriesCount - 1;
        foreach (ref var item in batch.Items[entry.FirstItem..])
        {
            item.Key = entry.Key;
            item.Tag = tag;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadSample(Batch batch, ReadOnlySpan<byte> body, ref WireReader reader)
    {
        if (!reader.Expect(WireReader.Bytes, "Samples") || !reader.TryBytes(out var start)) return;
        if (batch.ItemCount == Batch.ItemsMax)
        {
            reader.Fail(new DecodeFault(DecodeError.TooMany, "samples", 0));
            return;
        }
        var sample = body[start..reader.Position];
        if (sample.Length > ValueEnd + 1 && sample[0] == ValueTag && sample[ValueEnd] == TimestampTag)
        {
            var length = Varint.Read(sample[(ValueEnd + 1)..], out var timestamp);
            if (length > 0 && ValueEnd + 1 + length == sample.Length)
            {
                ref var item = ref batch.AddItem();
                item.TimestampMs = (long)timestamp;
                item.ValueBits = BinaryPrimitives.ReadUInt64LittleEndian(sample[1..]);
                return;
            }
        }
        ReadUnusualSample(batch, body, start, ref reader);
    }

    // Absent fields are zero, repeated ones count as their last, order is free.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadUnusualSample(Batch batch, ReadOnlySpan<byte> body, int start, ref WireReader reader)
    {
        ulong value = 0, timestamp = 0;
        var sample = new WireReader(body, start, reader.Position);
        while (sample.NextField("Sample"))
        {
            if (sample.Field == 1 && sample.Expect(WireReader.Fixed64, "Value")) sample.TryFixed64(out value);
            else if (sample.Field == 2 && sample.Expect(WireReader.Varint, "Timestamp")) sample.TryVarint(out timestamp);
            else if (sample.Field > 2) sample.Skip();
        }
        if (!sample.Fault.IsNone)
        {
            reader.Fail(sample.Fault);
            return;
        }
        ref var item = ref batch.AddItem();
        item.TimestampMs = (long)timestamp;
        item.ValueBits = value;
    }

    private static int CheckInner(ReadOnlySpan<byte> body, ref WireReader reader, string field, MessageShape shape)
    {
        if (!reader.Expect(WireReader.Bytes, field) || !reader.TryBytes(out var start)) return 0;
        var fault = shape.Check(body, start, reader.Position);
        if (fault.IsNone) return 1;
        reader.Fail(fault);
        return 0;
    }

    private static void JoinLabels(Batch batch, ReadOnlySpan<byte> body, int start, int end, ref SeriesEntry entry)
    {
        entry.LabelsOffset = batch.Joined.Length;
        var reader = new WireReader(body, start, end);
        while (reader.NextField("TimeSeries"))
        {
            if (reader.Field != LabelsField) reader.Skip();
            else if (reader.TryBytes(out _)) batch.Joined.Write(body[reader.FieldStart..reader.Position]);
        }
        entry.LabelsLength = batch.Joined.Length - entry.LabelsOffset;
    }
}
