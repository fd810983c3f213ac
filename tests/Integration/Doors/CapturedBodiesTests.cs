using System.Linq;
using System.Net;
using System.Text.Json;
using Integration.Fixture;
using TestKit;

namespace Integration.Doors;

/// <summary>Bodies that real Prometheus processes sent, posted again to a real receiver.</summary>
[Trait("Category", "Golden")]
public sealed class CapturedBodiesTests
{
    [Fact]
    public async Task Bodies_OfPrometheus242_AreAcceptedAndReadBack()
    {
        var files = Golden.Files("rw1-prometheus-2.42", "*.snappy");
        Assert.NotEmpty(files);
        await PostAndReadAsync(files.ToLookup(static _ => "prometheus-2-42"));
    }

    [Fact]
    public async Task Bodies_OfPrometheus314_AreAcceptedAndReadBack()
    {
        // A capture is one queue of one process: file <capture>-<number>.snappy, in the order of its numbers.
        var captures = Golden.Files("remote-write/prometheus-3.14-bodies", "*-rw1*-*.snappy").ToLookup(static file =>
        {
            var name = Path.GetFileName(file);
            return name[..name.LastIndexOf('-')];
        });
        Assert.NotEmpty(captures);
        await PostAndReadAsync(captures);
    }

    /// <summary>Golden bodies decoded by Google's library, against which the decoder of these tests is checked.</summary>
    [Fact]
    public void Decoder_OfTheseTests_AgreesWithTheRecordings()
    {
        var compared = 0;
        foreach (var file in Golden.Files("remote-write/prometheus-3.14-bodies", "decoded.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var record = JsonDocument.Parse(line);
                if (record.RootElement.GetProperty("kind").GetString() != "rw1") continue;
                var body = Path.Combine(Path.GetDirectoryName(file)!, record.RootElement.GetProperty("file").GetString()!);
                Assert.Equal(Decoded(record.RootElement), WriteBody.Samples(Body(body)));
                compared++;
            }
        }
        Assert.NotEqual(0, compared);
    }

    private static async Task PostAndReadAsync(ILookup<string, string> filesByTenant)
    {
        using var folder = new TempFolder();
        await using var receiver = new ReceiverProcess(folder.At("data"), "r0");
        await receiver.StartAsync();
        var expected = new Dictionary<string, SampleSet>();
        foreach (var files in filesByTenant)
        {
            var stored = new SampleSet();
            var newest = new Dictionary<string, Sample>();
            foreach (var file in files)
            {
                var body = Body(file);
                var (isAccepted, added) = Judge(WriteBody.Samples(body), newest);
                var (status, text) = await receiver.WriteAsync(body, files.Key);
                Assert.True(status == (isAccepted ? HttpStatusCode.OK : HttpStatusCode.Conflict),
                    $"{file}: {(int)status} {text}; expected to be {(isAccepted ? "accepted" : "refused in part")}");
                stored.AddRange(added);
            }
            expected.Add(files.Key, stored);
        }
        foreach (var (tenant, stored) in expected)
        {
            var read = await StoreReader.ReadAsync(receiver.GrpcAddress, tenant);
            read.AssertHolds(stored.All, $"tenant {tenant}");
            Assert.Equal(stored.Count, read.Count);
        }
        await receiver.StopGracefullyAsync();
        foreach (var (tenant, stored) in expected)
        {
            var read = StoredSamples.OfDatabase(Path.Combine(receiver.DataDirectory, tenant));
            read.AssertHolds(stored.All, $"tenant {tenant}, after the stop");
            Assert.Equal(stored.Count, read.Count);
        }
    }

    /// <summary>What a database without an out-of-order window keeps: nothing older than the newest sample of a series, and no
    /// second value at the same time. Anything else makes the answer a conflict; the rest of the body is stored.</summary>
    private static (bool IsAccepted, List<Sample> Added) Judge(List<Sample> samples, Dictionary<string, Sample> newest)
    {
        var (isAccepted, added) = (true, new List<Sample>());
        foreach (var sample in samples)
        {
            if (!newest.TryGetValue(sample.Series, out var last) || sample.TimestampMs > last.TimestampMs)
            {
                newest[sample.Series] = sample;
                added.Add(sample);
            }
            else if (sample != last) isAccepted = false;
        }
        return (isAccepted, added);
    }

    private static byte[] Body(string file)
    {
        using var body = new MemoryStream();
        using var input = Golden.Open(file);
        input.CopyTo(body);
        return body.ToArray();
    }

    private static List<Sample> Decoded(JsonElement record)
    {
        var samples = new List<Sample>();
        foreach (var series in record.GetProperty("series").EnumerateArray())
        {
            var labels = series.GetProperty("labels").EnumerateArray();
            var name = SeriesName.Of([.. labels.Select(static l => (l[0].GetString()!, l[1].GetString()!))]);
            foreach (var sample in series.GetProperty("samples").EnumerateArray())
            {
                var bits = Convert.ToUInt64(sample.GetProperty("v").GetProperty("bits").GetString(), 16);
                samples.Add(new Sample(name, long.Parse(sample.GetProperty("t").GetString()!, null), bits));
            }
        }
        return samples;
    }
}
