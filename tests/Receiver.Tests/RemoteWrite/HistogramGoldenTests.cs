using System.Text.Json;
using Receiver.RemoteWrite;
using TestKit;
using Tsdb;
using Tsdb.Chunks;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Native histograms of real senders: decoded, stored and read back.</summary>
public sealed class HistogramGoldenTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_HistogramsOfPrometheus314_EqualWhatProtobufDecodes()
    {
        var compared = 0;
        foreach (var (json, body) in Bodies())
        {
            using var batch = Requests.Read(body);
            var decoded = new DecodedHistograms();
            var errors = default(WriterErrors);
            var at = 0;
            foreach (var series in json.GetProperty("series").EnumerateArray())
            {
                decoded.Clear();
                decoded.Read(body, in batch.Series[at++], ref errors);
                var expected = new List<string>();
                foreach (var histogram in series.GetProperty("histograms").EnumerateArray())
                    expected.Add($"{histogram.GetProperty("timestamp").GetString()} {histogram.GetProperty("reset_hint")} "
                        + HistogramText.Of(histogram));
                var actual = new List<string>();
                foreach (var item in decoded.Items)
                    actual.Add($"{item.TimestampMs} {(int)item.Sample.Hint} {HistogramText.Of(item.Sample)}");
                Assert.Equal(expected, actual);
                compared += expected.Count;
            }
        }
        Assert.True(compared > 0, $"only {compared} histograms compared");
    }

    [Fact]
    public async Task Write_BodiesOfPrometheus314_AreReadBackEqual()
    {
        var compared = 0;
        foreach (var (json, body) in Bodies())
        {
            var tenant = json.GetProperty("file").GetString()!;
            using var databases = new FolderDatabases(_folder.Path);
            using var batch = Requests.Read(body);
            await new LocalWriter(databases).WriteAsync(tenant, batch, CancellationToken.None);
            var stored = Stored(databases.Open[tenant]);
            foreach (var series in json.GetProperty("series").EnumerateArray())
            {
                var pairs = new List<(string, string)>();
                foreach (var label in series.GetProperty("labels").EnumerateArray())
                    pairs.Add((label[0].GetString()!, label[1].GetString()!));
                var labels = LabelSet.FromStrings([.. pairs]).ToString();
                foreach (var histogram in series.GetProperty("histograms").EnumerateArray())
                {
                    compared++;
                    var t = histogram.GetProperty("timestamp").GetString();
                    Assert.Contains($"{labels} {t} {HistogramText.Of(histogram)}", stored);
                }
            }
        }
        Assert.True(compared > 0, $"only {compared} histograms compared");
    }

    [Fact]
    public async Task Write_BodiesOfPrometheus242_StoreEveryHistogramAndTheStaleMarkerOfTheirSeries()
    {
        using var databases = new FolderDatabases(_folder.Path);
        var (sent, seen) = (0, new HashSet<string>());
        foreach (var file in Golden.Files("rw1-prometheus-2.42", "*.snappy"))
        {
            var body = await File.ReadAllBytesAsync(file);
            using var batch = Requests.Read(Requests.Decompress(body));
            if (seen.Add(Convert.ToHexString(body))) sent += batch.HistogramCount; // One body comes twice, as a retry.
            var result = await new LocalWriter(databases).WriteAsync("t", batch, CancellationToken.None);
            Assert.True(result.IsStored, result.Text);
        }
        var stored = Stored(databases.Open["t"]);
        Assert.True(sent > 0);
        // Its end came as a float and is a histogram's stale marker now.
        Assert.Equal(sent + 1, stored.Count);
        Assert.Single(stored, line => line.Contains(" 7ff0000000000002 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Write_HistogramThatContradictsItself_IsToldAndTheRestKept()
    {
        using var databases = new FolderDatabases(_folder.Path);
        var body = new Tsdb.Memory.ByteBuffer();
        body.Write(Series("bad", [0x08, 0x09, 0x78, 0x01])); // A count of 9 without buckets, at 1 ms.
        body.Write(Series("good", [0x78, 0x01])); // Empty, at 1 ms.
        using var batch = Requests.Read(body.Written.ToArray());
        var result = await new LocalWriter(databases).WriteAsync("t", batch, CancellationToken.None);
        Assert.Equal(WriteOutcome.Conflict, result.Outcome);
        Assert.StartsWith("add 1 histograms: 0 observations found in buckets", result.Text, StringComparison.Ordinal);
        Assert.Equal(1, databases.Open["t"].SeriesCount);
        Assert.StartsWith("{__name__=\"good\"} 1 int ", Assert.Single(Stored(databases.Open["t"])), StringComparison.Ordinal);
    }

    private static byte[] Series(string name, byte[] histogram)
    {
        using var series = new Tsdb.Memory.ByteBuffer();
        Requests.Field(series, 1, Requests.Label("__name__", name));
        Requests.Field(series, 4, histogram);
        using var field = new Tsdb.Memory.ByteBuffer();
        Requests.Field(field, 1, series.Written);
        return field.Written.ToArray();
    }

    private static IEnumerable<(JsonElement Expected, byte[] Body)> Bodies()
    {
        var bodies = new Dictionary<string, string>();
        foreach (var path in Golden.Files("remote-write/prometheus-3.14-bodies", "*.snappy"))
            bodies.Add(Path.GetFileName(path), path);
        foreach (var file in Golden.Files("remote-write/prometheus-3.14-bodies", "decoded.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var json = JsonDocument.Parse(line);
                var root = json.RootElement;
                if (root.GetProperty("kind").GetString() != "rw1") continue;
                yield return (root, Requests.Decompress(File.ReadAllBytes(bodies[root.GetProperty("file").GetString()!])));
            }
        }
    }

    /// <summary>Every histogram in a database: labels, time and content.</summary>
    internal static List<string> Stored(Database database)
    {
        Assert.True(Matcher.TryCreate(MatchType.NotEqual, "__name__"u8, ""u8, out var all, out _));
        var stored = new List<string>();
        using var cursor = database.Select(long.MinValue, long.MaxValue, [all], skipChunks: false);
        while (cursor.MoveNext())
        {
            foreach (var chunk in cursor.Chunks)
            {
                if (chunk.Encoding == ChunkEncoding.Xor) continue;
                var samples = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
                while (samples.MoveNext())
                    stored.Add($"{cursor.Labels} {samples.TimestampMs} {HistogramText.Of(samples.Current)}");
                Assert.False(samples.IsFailed);
            }
        }
        return stored;
    }
}
