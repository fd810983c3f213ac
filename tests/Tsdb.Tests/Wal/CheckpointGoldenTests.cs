using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Files;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>Checkpoints made by the real thing from the same segments: tests/golden/tsdb/wal/checkpoints.</summary>
public sealed class CheckpointGoldenTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("checkpoint-").FullName;

    public static TheoryData<string> Cases
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var golden in Lines()) names.Add(GoldenJson.Text(golden["name"]));
            return names;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Create_GoldenSegments_KeepsTheSameEntries(string name)
    {
        var golden = Find(name);
        var compression = GoldenJson.Text(golden["compression"]);
        Extract();
        var log = Path.Combine(_directory, name, "before");
        var (from, to) = (golden["from"]!.GetValue<int>(), golden["to"]!.GetValue<int>());
        var segments = SegmentDirectory.ListSegments(log);
        var keep = new HashSet<ulong>();
        foreach (var seriesRef in (JsonArray)golden["keep"]!) keep.Add(GoldenJson.UInt64(seriesRef));

        var stats = Checkpoint.Create(
            log, from, to, GoldenJson.Int64(golden["mint"]), keep.Contains,
            compression == "snappy" ? RecordCompression.Snappy : RecordCompression.None, 65536, RealDisk.Instance,
            static line => Assert.Fail(line), CancellationToken.None);

        Assert.Equal(Expected(golden), Records(SegmentDirectory.CheckpointPath(log, to)));
        AssertStats(golden["stats"]!, stats);
        Assert.Equal(segments, SegmentDirectory.ListSegments(log));
        Assert.Equal(to, SegmentDirectory.LastCheckpoint(log));
        Assert.Empty(Directory.GetDirectories(log, "*.tmp"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reader_GoldenCheckpoint_GivesItsRecords(string name)
    {
        var golden = Find(name);
        Extract();
        var log = Path.Combine(_directory, name, "wal");
        var checkpoint = SegmentDirectory.CheckpointPath(log, SegmentDirectory.LastCheckpoint(log));
        var expected = new List<string>();
        foreach (var record in (JsonArray)golden["checkpointRecords"]!) expected.Add(GoldenJson.Text(record!["hex"]));
        var actual = new List<string>();
        using var reader = new SegmentReader(checkpoint);
        while (reader.Read()) actual.Add(Convert.ToHexStringLower(reader.Record));
        Assert.Null(reader.Corruption);
        Assert.Equal(expected, actual);
    }

    private static void AssertStats(JsonNode golden, CheckpointStats stats)
    {
        var expected = new CheckpointStats
        {
            TotalSeries = Number("TotalSeries"),
            DroppedSeries = Number("DroppedSeries"),
            TotalSamples = Number("TotalSamples"),
            DroppedSamples = Number("DroppedSamples"),
            TotalTombstones = Number("TotalTombstones"),
            DroppedTombstones = Number("DroppedTombstones"),
            TotalExemplars = Number("TotalExemplars"),
            DroppedExemplars = Number("DroppedExemplars"),
            TotalMetadata = Number("TotalMetadata"),
            DroppedMetadata = Number("DroppedMetadata"),
        };
        Assert.Equal(expected, stats);

        long Number(string field) => golden[field]!.GetValue<long>();
    }

    // Metadata comes in no particular order, so the entries of that record are compared sorted.
    private static List<string> Expected(JsonNode golden)
    {
        var records = new List<string>();
        foreach (var record in (JsonArray)golden["checkpointRecords"]!)
            records.Add(Text(GoldenJson.Hex(record!["hex"])));
        return records;
    }

    private static List<string> Records(string directory)
    {
        var records = new List<string>();
        using var reader = new SegmentReader(directory);
        while (reader.Read()) records.Add(Text(reader.Record));
        Assert.Null(reader.Corruption);
        return records;
    }

    private static string Text(ReadOnlySpan<byte> record)
    {
        if (RecordTypes.Of(record) != RecordType.Metadata) return Convert.ToHexStringLower(record);
        var (entries, error) = RecordText.Decode(record);
        Assert.Equal("", error);
        entries.Sort(StringComparer.Ordinal);
        return string.Join('\n', entries);
    }

    private void Extract() => Golden.Extract(Assert.Single(Golden.Files("tsdb/wal", "checkpoints*.tar")), _directory);

    private static JsonNode Find(string name)
    {
        foreach (var golden in Lines())
        {
            if (GoldenJson.Text(golden["name"]) == name) return golden;
        }
        throw new InvalidDataException($"No golden case {name}.");
    }

    private static IEnumerable<JsonNode> Lines()
    {
        foreach (var path in Golden.Files("tsdb/wal", "checkpoints*.jsonl"))
        {
            foreach (var line in Golden.Lines(path)) yield return JsonNode.Parse(line)!;
        }
    }
}
