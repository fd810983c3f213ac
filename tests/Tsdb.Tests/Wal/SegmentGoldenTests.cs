using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Files;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>Logs written by the real writer, whole and damaged: tests/golden/tsdb/wal.</summary>
public sealed class SegmentGoldenTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("wal-golden-").FullName;

    public static TheoryData<string> Cases => Names("cases*.jsonl");

    public static TheoryData<string> Damaged => Names("damaged*.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reader_GoldenLog_GivesTheRecordsLogged(string name)
    {
        var golden = Find("cases*.jsonl", name);
        Golden.Extract(Archive("cases*.tar"), _directory);
        var (records, corruption) = ReadAll(Path.Combine(_directory, name, "wal"));
        Assert.Null(corruption);
        Assert.Equal(Logged(golden), records);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Writer_SameBatches_WritesTheSameFilesOrTheSameContent(string name)
    {
        var golden = Find("cases*.jsonl", name);
        var compression = GoldenJson.Text(golden["compression"]);
        Skip.If(compression == "zstd", "zstd is not written");
        var writer = new SegmentWriter(
            Path.Combine(_directory, "wal"),
            golden["segmentSize"]!.GetValue<int>(),
            compression == "snappy" ? RecordCompression.Snappy : RecordCompression.None);
        foreach (var batch in (JsonArray)golden["batches"]!)
        {
            foreach (var record in (JsonArray)batch!) writer.Append(GoldenJson.Hex(record));
            writer.Flush();
        }
        if (golden["closed"]!.GetValue<bool>()) writer.Dispose();
        if (compression == "none")
        {
            foreach (var file in (JsonArray)golden["files"]!)
            {
                var bytes = File.ReadAllBytes(Path.Combine(_directory, GoldenJson.Text(file!["name"])));
                Assert.Equal(file["size"]!.GetValue<int>(), bytes.Length);
                Assert.Equal(GoldenJson.Text(file["sha256"]), Convert.ToHexStringLower(SHA256.HashData(bytes)));
            }
        }
        var (records, corruption) = ReadAll(Path.Combine(_directory, "wal"));
        Assert.Null(corruption);
        Assert.Equal(Logged(golden), records);
        writer.Dispose();
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Reader_DamagedLog_StopsWhereAndAsTheRealOneDoes(string name)
    {
        var golden = Find("damaged*.jsonl", name);
        var log = ExtractDamaged(name);
        var expected = golden["readError"] is { } text ? GoldenJson.Text(text) : "";
        if (expected.Contains("segments are not sequential", StringComparison.Ordinal))
        {
            var error = Assert.Throws<InvalidDataException>(() => ReadAll(log));
            Assert.Contains("segments are not sequential", error.Message, StringComparison.Ordinal);
            return;
        }
        var (records, corruption) = ReadAll(log);
        Assert.Equal(expected, corruption is { } defect ? (defect with { Directory = "wal" }).ToString() : "");
        Assert.Equal(Digests(golden["records"]), records.ConvertAll(Digest));
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Repair_DamagedLog_KeepsAtLeastWhatTheRealOneKeepsAndLosesNoFile(string name)
    {
        var golden = Find("damaged*.jsonl", name);
        var log = ExtractDamaged(name);
        var before = SegmentDirectory.SizeBytes(log);
        var lines = new List<string>();
        var damage = new DamageReport(log, lines.Add);
        var read = ReadAll(damage);
        damage.Repair(RealDisk.Instance);

        Assert.True(SegmentDirectory.SizeBytes(log) >= before);
        // Upstream stops at the defect: what it read in front of it comes first here too.
        var kept = Digests(golden["records"]);
        Assert.Equal(kept, read[..kept.Count]);
        if (golden["readError"] is not null) Assert.NotEmpty(lines);
        using (var writer = new SegmentWriter(log)) writer.Log([0xfe, 1, 2]);
        var (records, again) = ReadAll(log);
        Assert.Null(again);
        Assert.Equal([.. read, Digest([0xfe, 1, 2])], records.ConvertAll(Digest));
    }

    private static List<string> ReadAll(DamageReport damage)
    {
        var records = new List<string>();
        foreach (var part in damage.Parts)
        {
            using var reader = damage.Open(part);
            while (reader.Read()) records.Add(Digest(reader.Record.ToArray()));
        }
        return records;
    }

    private static (List<byte[]> Records, WalCorruption? Corruption) ReadAll(string directory)
    {
        var records = new List<byte[]>();
        using var reader = new SegmentReader(directory);
        while (reader.Read()) records.Add(reader.Record.ToArray());
        return (records, reader.Corruption);
    }

    private static List<byte[]> Logged(JsonNode golden)
    {
        var records = new List<byte[]>();
        foreach (var batch in (JsonArray)golden["batches"]!)
        {
            foreach (var record in (JsonArray)batch!) records.Add(GoldenJson.Hex(record));
        }
        return records;
    }

    private string ExtractDamaged(string name)
    {
        Golden.Extract(Archive("damaged*.tar"), _directory);
        return Path.Combine(_directory, name, "wal");
    }

    private static List<string> Digests(JsonNode? node)
    {
        var digests = new List<string>();
        foreach (var digest in node as JsonArray ?? []) digests.Add(GoldenJson.Text(digest));
        return digests;
    }

    // 40 characters in all: the length, a colon and as much of the hash as fits.
    private static string Digest(byte[] record) => $"{record.Length}:{Convert.ToHexStringLower(SHA256.HashData(record))}"[..40];

    private static string Archive(string pattern) => Assert.Single(Golden.Files("tsdb/wal", pattern));

    private static JsonNode Find(string pattern, string name)
    {
        foreach (var path in Golden.Files("tsdb/wal", pattern))
        {
            foreach (var line in Golden.Lines(path))
            {
                var golden = JsonNode.Parse(line)!;
                if (GoldenJson.Text(golden["name"]) == name) return golden;
            }
        }
        throw new InvalidDataException($"No golden case {name}.");
    }

    private static TheoryData<string> Names(string pattern)
    {
        var names = new TheoryData<string>();
        foreach (var path in Golden.Files("tsdb/wal", pattern))
        {
            foreach (var line in Golden.Lines(path)) names.Add(GoldenJson.Text(JsonNode.Parse(line)!["name"]));
        }
        return names;
    }
}
