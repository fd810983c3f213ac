using System.Globalization;
using System.Text.Json.Nodes;
using Tsdb.Chunks;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>One line of text an entry, from a record and from its golden description, so that the two can be compared.</summary>
internal static class RecordText
{
    /// <summary>All entries of a record, and the error that ended it (empty when none did).</summary>
    public static (List<string> Entries, string Error) Decode(ReadOnlySpan<byte> record)
    {
        var entries = new List<string>();
        var type = RecordTypes.Of(record);
        var (status, count) = type switch
        {
            RecordType.Series => Series(record, entries),
            RecordType.Samples => Samples(record, entries),
            RecordType.Tombstones => Tombstones(record, entries),
            RecordType.Exemplars => Exemplars(record, entries),
            RecordType.MmapMarkers => Markers(record, entries),
            RecordType.Metadata => Metadata(record, entries),
            RecordType.Unknown => (RecordStatus.Ok, 0),
            _ => Histograms(record, entries),
        };
        return (entries, status == RecordStatus.Ok ? "" : RecordTypes.ErrorText(type, status, count));
    }

    /// <summary>The entries that a golden line describes.</summary>
    public static List<string> Expected(JsonNode golden)
    {
        var entries = new List<string>();
        foreach (var e in golden["series"] as JsonArray ?? [])
            entries.Add($"{GoldenJson.UInt64(e!["ref"])} {Convert.ToHexString(GoldenJson.Labels(e["labels"]))}");
        foreach (var e in golden["samples"] as JsonArray ?? [])
            entries.Add(Line(GoldenJson.UInt64(e!["ref"]), GoldenJson.Int64(e["t"]), GoldenJson.Bits(e["v"])));
        foreach (var e in golden["tombstones"] as JsonArray ?? [])
            entries.Add(Line(GoldenJson.UInt64(e!["ref"]), GoldenJson.Int64(e["mint"]), GoldenJson.Int64(e["maxt"])));
        foreach (var e in golden["exemplars"] as JsonArray ?? [])
        {
            var labels = Convert.ToHexString(GoldenJson.Labels(e!["labels"]));
            entries.Add(Line(GoldenJson.UInt64(e["ref"]), GoldenJson.Int64(e["t"]), GoldenJson.Bits(e["v"]), labels));
        }
        foreach (var e in golden["markers"] as JsonArray ?? [])
            entries.Add(Line(GoldenJson.UInt64(e!["ref"]), GoldenJson.UInt64(e["mmapRef"])));
        foreach (var e in golden["metadata"] as JsonArray ?? [])
        {
            var unit = Convert.ToHexString(GoldenJson.Bytes(e!["unit"]));
            var help = Convert.ToHexString(GoldenJson.Bytes(e["help"]));
            entries.Add(Line(GoldenJson.UInt64(e["ref"]), e["metricType"]!.GetValue<int>(), unit, help));
        }
        foreach (var e in (golden["histograms"] ?? golden["floatHistograms"]) as JsonArray ?? [])
            entries.Add(Line(GoldenJson.UInt64(e!["ref"]), GoldenJson.Int64(e["t"]), Text(GoldenJson.Histogram(e["h"]!))));
        return entries;
    }

    public static string Text(HistogramSample h) => Line(
        h.IsFloat, h.Hint, h.Schema, h.ZeroThresholdBits, h.ZeroCount, h.Count, h.SumBits,
        string.Join(',', h.PositiveSpans), string.Join(',', h.NegativeSpans),
        string.Join(',', h.PositiveBuckets), string.Join(',', h.NegativeBuckets), string.Join(',', h.CustomBounds));

    private static string Line(params object[] fields) =>
        string.Join(' ', Array.ConvertAll(fields, f => Convert.ToString(f, CultureInfo.InvariantCulture)));

    private static (RecordStatus Status, int Count) Series(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new SeriesReader(record);
        while (reader.Read()) entries.Add($"{reader.Ref} {Convert.ToHexString(reader.Labels)}");
        return (reader.Status, reader.Count);
    }

    private static (RecordStatus Status, int Count) Samples(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new SamplesReader(record);
        while (reader.Read()) entries.Add(Line(reader.Ref, reader.TimestampMs, reader.ValueBits));
        return (reader.Status, reader.Count);
    }

    private static (RecordStatus Status, int Count) Tombstones(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new TombstonesReader(record);
        while (reader.Read()) entries.Add(Line(reader.Ref, reader.MinTimeMs, reader.MaxTimeMs));
        return (reader.Status, reader.Count);
    }

    private static (RecordStatus Status, int Count) Exemplars(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new ExemplarsReader(record);
        while (reader.Read())
            entries.Add(Line(reader.Ref, reader.TimestampMs, reader.ValueBits, Convert.ToHexString(reader.Labels)));
        return (reader.Status, reader.Count);
    }

    private static (RecordStatus Status, int Count) Markers(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new MmapMarkersReader(record);
        while (reader.Read()) entries.Add(Line(reader.Ref, reader.ChunkRef));
        return (reader.Status, reader.Count);
    }

    private static (RecordStatus Status, int Count) Metadata(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new MetadataReader(record);
        while (reader.Read())
            entries.Add(Line(reader.Ref, (int)reader.Type, Convert.ToHexString(reader.Unit), Convert.ToHexString(reader.Help)));
        return (reader.Status, reader.Count);
    }

    private static (RecordStatus Status, int Count) Histograms(ReadOnlySpan<byte> record, List<string> entries)
    {
        var reader = new HistogramsReader(record, new HistogramSample());
        while (reader.Read()) entries.Add(Line(reader.Ref, reader.TimestampMs, Text(reader.Histogram)));
        return (reader.Status, reader.Count);
    }
}
