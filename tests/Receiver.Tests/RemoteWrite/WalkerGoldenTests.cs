using System.Globalization;
using System.Text.Json;
using Receiver.RemoteWrite;
using TestKit;

namespace Receiver.Tests.RemoteWrite;

public class WalkerGoldenTests
{
    [Fact]
    public void Walk_BodiesOfPrometheus314_EqualWhatProtobufDecodes()
    {
        var bodies = new Dictionary<string, string>();
        foreach (var path in Golden.Files("remote-write/prometheus-3.14-bodies", "*.snappy"))
            bodies.Add(Path.GetFileName(path), path);
        var compared = 0;
        foreach (var file in Golden.Files("remote-write/prometheus-3.14-bodies", "decoded.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var expected = JsonDocument.Parse(line);
                var root = expected.RootElement;
                if (root.GetProperty("kind").GetString() != "rw1") continue;
                var batch = Requests.Read(Requests.Decompress(File.ReadAllBytes(bodies[root.GetProperty("file").GetString()!])));
                AssertEqual(root, batch);
                compared++;
            }
        }
        Assert.True(compared > 0, $"only {compared} bodies compared");
    }

    [Fact]
    public void Walk_BodiesOfPrometheus242_CountsWhatTheirReadmeSays()
    {
        var compared = 0;
        foreach (var readme in Golden.Files("rw1-prometheus-2.42", "README.md"))
        {
            foreach (var line in Golden.Lines(readme))
            {
                var cells = line.Split('|', StringSplitOptions.TrimEntries);
                if (cells.Length < 9 || !cells[1].EndsWith(".snappy", StringComparison.Ordinal)) continue;
                var body = Requests.Decompress(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(readme)!, cells[1])));
                var batch = Requests.Read(body);
                int[] expected =
                    [Number(cells[3]), Number(cells[4]), Number(cells[5]), Number(cells[6]), Number(cells[7]), Number(cells[8])];
                int[] counted =
                    [body.Length, batch.SeriesCount, batch.ItemCount, batch.ExemplarCount, batch.HistogramCount,
                    batch.MetadataCount];
                Assert.Equal(expected, counted);
                foreach (ref readonly var series in batch.Series)
                {
                    Assert.True(LabelRun.Judge(batch.Labels(in series), out _, out var verdict).IsNone);
                    Assert.Equal(LabelsVerdict.Valid, verdict);
                }
                compared++;
            }
        }
        Assert.True(compared > 0, $"only {compared} bodies compared");
    }

    [Fact]
    public void ReadForwarded_MessagesOfRealRouters_EqualWhatProtobufDecodes()
    {
        var compared = 0;
        foreach (var file in Golden.Files("replication/grpc-payloads", "*.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var recorded = JsonDocument.Parse(line);
                var expected = recorded.RootElement.GetProperty("decoded");
                using var batch = new Batch();
                batch.Reset(Convert.FromBase64String(recorded.RootElement.GetProperty("message_base64").GetString()!));
                Assert.True(BatchReader.ReadForwarded(batch, out var replica).IsNone);
                Assert.Equal(expected.GetProperty("replica_field3").GetString(), replica.ToString(CultureInfo.InvariantCulture));
                AssertTuples(expected, batch);
                compared++;
            }
        }
        Assert.True(compared > 0, $"only {compared} messages compared");
    }

    private static void AssertEqual(JsonElement expected, Batch batch)
    {
        var all = expected.GetProperty("series");
        Assert.Equal(all.GetArrayLength(), batch.SeriesCount);
        Assert.Equal(expected.GetProperty("metadata").GetArrayLength(), batch.MetadataCount);
        int at = 0, histograms = 0, exemplars = 0;
        foreach (var series in all.EnumerateArray())
        {
            ref readonly var entry = ref batch.Series[at++];
            var labels = new List<string>();
            foreach (var label in series.GetProperty("labels").EnumerateArray())
                labels.Add(label[0].GetString() + "=" + label[1].GetString());
            Assert.Equal(string.Join(',', labels), Requests.Text(batch.Labels(in entry)));
            var samples = series.GetProperty("samples");
            Assert.Equal(samples.GetArrayLength(), entry.ItemCount);
            for (var i = 0; i < entry.ItemCount; i++)
            {
                ref readonly var item = ref batch.Items[entry.FirstItem + i];
                Assert.Equal(samples[i].GetProperty("t").GetString(), item.TimestampMs.ToString(CultureInfo.InvariantCulture));
                var bits = samples[i].GetProperty("v").GetProperty("bits").GetString();
                Assert.Equal(bits, item.ValueBits.ToString("x16", CultureInfo.InvariantCulture));
                Assert.Equal(at - 1, item.Tag);
                Assert.Equal(entry.Key, item.Key);
            }
            histograms += series.GetProperty("histograms").GetArrayLength();
            exemplars += series.GetProperty("exemplars").GetArrayLength();
        }
        Assert.Equal(histograms, batch.HistogramCount);
        Assert.Equal(exemplars, batch.ExemplarCount);
    }

    private static void AssertTuples(JsonElement expected, Batch batch)
    {
        var tuples = expected.GetProperty("tuples_field4");
        if (tuples.GetArrayLength() == 0)
        {
            Assert.Equal(expected.GetProperty("tenant_field2").GetString(), batch.Tenants[0]);
            Assert.Equal(expected.GetProperty("timeseries_field1").GetInt32(), batch.SeriesCount);
            return;
        }
        Assert.Equal(tuples.GetArrayLength(), batch.Tenants.Count);
        int at = 0, tenant = 0;
        foreach (var tuple in tuples.EnumerateArray())
        {
            Assert.Equal(tuple.GetProperty("tenant").GetString(), batch.Tenants[tenant]);
            foreach (var series in tuple.GetProperty("series").EnumerateArray())
            {
                ref readonly var entry = ref batch.Series[at++];
                Assert.Equal(tenant, entry.Tenant);
                Assert.Equal(series.GetProperty("samples").GetInt32(), entry.ItemCount);
            }
            tenant++;
        }
        Assert.Equal(at, batch.SeriesCount);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
