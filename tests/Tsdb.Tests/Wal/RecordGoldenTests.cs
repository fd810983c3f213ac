using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>Records written by the real encoder, against what the real decoder made of them: tests/golden/tsdb/records.</summary>
public sealed class RecordGoldenTests
{
    [Fact]
    public void Readers_GoldenRecords_GiveTheSameEntriesAndErrors()
    {
        var seen = 0;
        foreach (var golden in Lines())
        {
            // The library that made the vectors is older than these records.
            if (golden["hex"] is { } hex && RecordTypes.HasStartTimes(GoldenJson.Hex(hex))) continue;
            if (golden["decoded"] is { } decoded)
            {
                AssertDecodes(golden, "hex", decoded);
                if (golden["customDecoded"] is { } custom) AssertDecodes(golden, "customHex", custom);
            }
            else
            {
                AssertDecodes(golden, "hex", golden);
            }
            seen++;
        }
        Assert.True(seen > 0, $"only {seen} golden records");
    }

    [Fact]
    public void Encoders_EntriesOfGoldenRecords_GiveTheSameBytes()
    {
        using var buffer = new ByteBuffer();
        foreach (var golden in Lines())
        {
            var name = GoldenJson.Text(golden["name"]);
            // Damaged records, and those whose entries change on reading, do not come back as they were.
            if (name.StartsWith("bad-", StringComparison.Ordinal)) continue;
            if (name.StartsWith("histogram-schema", StringComparison.Ordinal)) continue;
            if (golden["in"] is JsonArray batch)
            {
                AssertEncodes(name, golden["hex"], buffer, HistogramRecord(batch, EmptyType(name), custom: false));
                AssertEncodes(name, golden["customHex"], buffer, HistogramRecord(batch, EmptyType(name), custom: true));
                continue;
            }
            var expected = GoldenJson.Hex(golden["hex"]);
            if (RecordTypes.Of(expected) == RecordType.Unknown || RecordTypes.HasStartTimes(expected)) continue;
            buffer.Clear();
            Reencode(expected, buffer);
            Assert.True(buffer.Written.SequenceEqual(expected), $"{name}: {Convert.ToHexString(buffer.Written)}");
        }
    }

    [Fact]
    public void Readers_GoldenRecordsCutAndFlipped_EndWithoutCrashing()
    {
        foreach (var golden in Lines())
        {
            foreach (var key in new[] { "hex", "customHex" })
            {
                if (golden[key] is null) continue;
                var record = GoldenJson.Hex(golden[key]);
                if (record.Length > 2_000) record = record[..2_000];
                for (var length = 0; length < record.Length; length++) RecordText.Decode(record.AsSpan(0, length));
                for (var at = 1; at < record.Length; at++)
                {
                    foreach (var mask in new byte[] { 0x01, 0x80, 0xff })
                    {
                        record[at] ^= mask;
                        RecordText.Decode(record);
                        record[at] ^= mask;
                    }
                }
            }
        }
    }

    [Fact]
    public void SamplesRecord_Warm_AllocatesNothing()
    {
        using var buffer = new ByteBuffer(1 << 16);
        var total = EncodeAndSum(buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var again = EncodeAndSum(buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(total, again);
    }

    private static ulong EncodeAndSum(ByteBuffer buffer)
    {
        buffer.Clear();
        var record = SamplesRecord.Begin(buffer, 1000, 1_700_000_000_000);
        for (var i = 0; i < 2000; i++) record.Add((ulong)(1000 + (i * 7919 % 5000) - 500), 1_700_000_000_000 + (i % 3), (ulong)i);
        var reader = new SamplesReader(buffer.Written);
        ulong sum = 0;
        while (reader.Read()) sum += reader.Ref + (ulong)reader.TimestampMs + reader.ValueBits;
        return sum + (ulong)reader.Count;
    }

    private static IEnumerable<JsonNode> Lines()
    {
        foreach (var path in Golden.Files("tsdb/records", "*.jsonl"))
        {
            foreach (var line in Golden.Lines(path)) yield return JsonNode.Parse(line)!;
        }
    }

    private static void AssertDecodes(JsonNode golden, string key, JsonNode expected)
    {
        var (entries, error) = RecordText.Decode(GoldenJson.Hex(golden[key]));
        var name = GoldenJson.Text(golden["name"]);
        var expectedError = expected["error"] is { } message ? GoldenJson.Text(message) : "";
        Assert.True(expectedError == error, $"{name}: {error}");
        // The real decoder gives nothing with an error; ours gives what stood in front of it.
        if (error.Length > 0) return;
        var text = string.Join('\n', entries);
        Assert.True(string.Join('\n', RecordText.Expected(expected)) == text, $"{name}\n{text}");
    }

    private static void AssertEncodes(string name, JsonNode? hex, ByteBuffer buffer, Action<ByteBuffer> write)
    {
        buffer.Clear();
        write(buffer);
        var expected = hex is null ? "" : GoldenJson.Text(hex);
        Assert.True(Convert.ToHexStringLower(buffer.Written) == expected, $"{name}: {Convert.ToHexString(buffer.Written)}");
    }

    private static RecordType EmptyType(string name) =>
        name.StartsWith("float", StringComparison.Ordinal) ? RecordType.FloatHistograms : RecordType.Histograms;

    private static Action<ByteBuffer> HistogramRecord(JsonArray batch, RecordType emptyType, bool custom) => to =>
    {
        HistogramsRecord? record = null;
        foreach (var entry in batch)
        {
            var histogram = GoldenJson.Histogram(entry!["h"]!);
            if (histogram.Schema == HistogramSample.CustomSchema != custom) continue;
            // The bases of the exponential record are those of the list before it was split, of the other one its own.
            var first = custom ? entry : batch[0]!;
            record ??= HistogramsRecord.Begin(
                to, HistogramsRecord.TypeOf(histogram), GoldenJson.UInt64(first["ref"]), GoldenJson.Int64(first["t"]));
            record.Value.Add(GoldenJson.UInt64(entry["ref"]), GoldenJson.Int64(entry["t"]), histogram);
        }
        if (batch.Count == 0 && !custom) RecordEncoder.Begin(to, emptyType);
    };

    private static void Reencode(byte[] record, ByteBuffer to)
    {
        var type = RecordTypes.Of(record);
        if (record.Length == 1)
        {
            RecordEncoder.Begin(to, type);
            return;
        }
        // A filter that keeps everything is the shortest way through every reader and writer but the markers'.
        using var filter = new CheckpointFilter(long.MinValue, static _ => true);
        if (type == RecordType.MmapMarkers)
        {
            RecordEncoder.Begin(to, type);
            var markers = new MmapMarkersReader(record);
            while (markers.Read()) RecordEncoder.AddMmapMarker(to, markers.Ref, markers.ChunkRef);
        }
        else if (filter.TryFilter(record, out var kept) || filter.TryMetadata(out kept))
        {
            to.Write(kept);
        }
    }
}
