using System.Globalization;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Head;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>Records with start timestamps, which later versions of Prometheus write: the worked examples of the format, by
/// hand.</summary>
public sealed class LaterRecordsTests
{
    private const long Start = 1_700_000_000_000;

    private const string Samples =
        "0b 02 80 a0 ab fe f9 62 f0 d1 aa fe f9 62 3f f0 00 00 00 00 00 00 02 00 01 40 00 00 00 00 00 00 00 "
        + "02 00 00 40 08 00 00 00 00 00 00 02 02 02 d0 0f 40 10 00 00 00 00 00 00";

    private const string Histograms =
        "0c 06 80 a0 ab fe f9 62 00 00 06 3f 50 62 4d d2 f1 a9 fc 01 0a 40 32 80 00 00 00 00 00 02 00 02 02 01 00 03 06 02 03 00 "
        + "04 00 00 00 69 00 00 00 00 00 00 00 00 00 03 40 10 00 00 00 00 00 00 01 00 02 00 02 02 02 00 "
        + "02 3f e0 00 00 00 00 00 00 40 00 00 00 00 00 00 00";

    // As above, with the float histograms of types 8 and 10 of the same examples.
    private const string FloatHistograms =
        "0d 08 80 a0 ab fe f9 62 f0 d1 aa fe f9 62 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        + "40 04 00 00 00 00 00 00 40 10 00 00 00 00 00 00 01 00 02 00 02 3f f0 00 00 00 00 00 00 3f f8 00 00 00 00 00 00 00 "
        + "04 02 01 00 69 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 40 08 00 00 00 00 00 00 40 10 00 00 00 00 00 00 "
        + "01 00 02 00 02 3f f0 00 00 00 00 00 00 40 00 00 00 00 00 00 00 00 02 3f e0 00 00 00 00 00 00 40 00 00 00 00 00 00 00";

    [Fact]
    public void SamplesReader_Example_GivesItsSamples()
    {
        var samples = new List<string>();
        var reader = new SamplesReader(Bytes(Samples));
        while (reader.Read()) samples.Add($"{reader.Ref} +{reader.TimestampMs - Start} {Value(reader.ValueBits)}");
        Assert.Equal(RecordStatus.Ok, reader.Status);
        Assert.Equal(["1 +0 1", "2 +0 2", "3 +0 3", "4 +1 4"], samples);
    }

    [Theory]
    [InlineData(Histograms, "3 +0 schema 3 sum 18.5 p3,1,-2 b", "5 +0 schema -53 sum 4 p1,1 b0.5,2")]
    [InlineData(FloatHistograms, "4 +0 schema 0 sum 4 p1,1.5 b", "6 +1 schema -53 sum 4 p1,2 b0.5,2")]
    public void HistogramsReader_Example_GivesItsHistograms(string hex, string first, string second)
    {
        Assert.Equal([first, second], Read(Bytes(hex)));
    }

    [Theory]
    [InlineData(Samples)]
    [InlineData(Histograms)]
    [InlineData(FloatHistograms)]
    public void Readers_CutAnywhere_GiveAPrefixAndSaySo(string hex)
    {
        var bytes = Bytes(hex);
        var whole = Entries(bytes, out _);
        for (var length = 1; length < bytes.Length; length++)
        {
            var entries = Entries(bytes.AsSpan(0, length), out var status);
            Assert.Equal(whole[..entries.Count], entries);
            // A cut between two entries is a shorter record.
            Assert.True(status == RecordStatus.InvalidSize || entries.Count < whole.Count);
        }
    }

    [Theory]
    [InlineData(Histograms, 7, 9)]
    [InlineData(FloatHistograms, 8, 10)]
    public void CheckpointFilter_MixedHistograms_WritesThemInTheOldForm(string hex, int plain, int custom)
    {
        using var filter = new CheckpointFilter(long.MinValue, static _ => true);
        var all = Read(Bytes(hex));
        Assert.True(filter.TryFilter(Bytes(hex), out var kept));
        Assert.True(filter.TrySplitOff(out var split));
        Assert.Equal(((byte)plain, (byte)custom), (kept[0], split[0]));
        Assert.Equal(all, [.. Read(kept), .. Read(split)]);
        Assert.True(filter.TryFilter(Bytes(Samples), out kept));
        Assert.Equal((byte)RecordType.Samples, kept[0]);
        Assert.False(filter.TrySplitOff(out _));
    }

    [Theory]
    [InlineData(Samples, "s1: 3ff0000000000000", "s2: 4000000000000000", "s3: 4008000000000000", "s4: 4010000000000000")]
    [InlineData(Histograms, "s3: 40328000", "s5: 40100000")]
    [InlineData(FloatHistograms, "s4: 40100000", "s6: 40100000")]
    public void Open_LogWithLaterRecords_HasTheirSamples(string hex, params string[] expected)
    {
        using var folder = new TempFolder();
        using (var writer = new SegmentWriter(folder.At("wal")))
        {
            using var series = new ByteBuffer();
            RecordEncoder.Begin(series, RecordType.Series);
            for (var i = 1ul; i <= 6; i++)
                RecordEncoder.AddSeries(series, i, LabelSet.FromStrings(("__name__", $"s{i}")).Encoded);
            writer.Log(series.Written);
            writer.Log(Bytes(hex));
        }
        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        var found = new List<string>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            var text = Assert.Single(samples).Value;
            if (text.Contains(' ', StringComparison.Ordinal)) text = text.Split(' ')[6][..8]; // The sum.
            found.Add($"s{System.Text.Encoding.UTF8.GetString(labels.Find("__name__"u8))[1..]}: {text}");
        }
        Assert.Equal(expected, found);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static List<string> Entries(ReadOnlySpan<byte> record, out RecordStatus status)
    {
        var entries = new List<string>();
        var samples = new SamplesReader(record);
        while (samples.Read()) entries.Add($"{samples.Ref} {samples.TimestampMs} {samples.ValueBits}");
        status = samples.Status;
        if (status == RecordStatus.Ok) return entries;
        var reader = new HistogramsReader(record, new HistogramSample());
        while (reader.Read()) entries.Add($"{reader.Ref} {reader.TimestampMs} {RecordText.Text(reader.Histogram)}");
        if (reader.Status != RecordStatus.InvalidType) status = reader.Status;
        return entries;
    }

    private static List<string> Read(ReadOnlySpan<byte> record)
    {
        var found = new List<string>();
        var h = new HistogramSample();
        var reader = new HistogramsReader(record, h);
        while (reader.Read())
        {
            var buckets = h.PositiveBuckets.ConvertAll(
                b => h.IsFloat ? Value(b) : ((long)b).ToString(CultureInfo.InvariantCulture));
            found.Add($"{reader.Ref} +{reader.TimestampMs - Start} schema {h.Schema} sum {Value(h.SumBits)} "
                + $"p{string.Join(',', buckets)} b{string.Join(',', h.CustomBounds.ConvertAll(Value))}");
        }
        Assert.Equal(RecordStatus.Ok, reader.Status);
        return found;
    }

    private static string Value(ulong bits) => BitConverter.UInt64BitsToDouble(bits).ToString(CultureInfo.InvariantCulture);
}
