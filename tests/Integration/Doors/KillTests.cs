using System.Globalization;
using System.Linq;
using System.Net;
using Integration.Fixture;
using TestKit;

namespace Integration.Doors;

/// <summary>A receiver that is killed while it writes has, after its restart, everything that it acknowledged.</summary>
public sealed class KillTests
{
    private const int Writers = 4;
    private const int SeriesOfAWriter = 50;

    [Fact]
    public async Task Restart_AfterKillsDuringWrites_HasEverythingAcknowledged()
    {
        using var folder = new TempFolder();
        await using var receiver = new ReceiverProcess(folder.At("data"), "r0");
        var acknowledged = new SampleSet();
        var timeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        for (var round = 0; round < 3; round++)
        {
            await receiver.StartAsync();
            (await StoreReader.ReadAsync(receiver.GrpcAddress)).AssertHolds(acknowledged.All, $"round {round}");
            var fromMs = timeMs + round * 100_000;
            var writing = Enumerable.Range(0, Writers)
                .Select(writer => WriteUntilKilledAsync(receiver, writer, fromMs, acknowledged)).ToList();
            var enough = CountOf(acknowledged) + 200 * SeriesOfAWriter;
            await Until.TrueAsync(() => CountOf(acknowledged) >= enough, TimeSpan.FromSeconds(60), () => receiver.Log);
            await receiver.KillAsync();
            await Task.WhenAll(writing);
        }
        await receiver.StartAsync();
        (await StoreReader.ReadAsync(receiver.GrpcAddress)).AssertHolds(acknowledged.All, "at the end");
        await receiver.StopGracefullyAsync();
        StoredSamples.OfDatabase(Path.Combine(receiver.DataDirectory, "default-tenant")).AssertHolds(acknowledged.All, "on disk");
    }

    private static int CountOf(SampleSet set)
    {
        lock (set) return set.Count;
    }

    /// <summary>One request after the other, each a later time of the same series, until the process is gone.</summary>
    private static async Task WriteUntilKilledAsync(ReceiverProcess receiver, int writer, long fromMs, SampleSet acknowledged)
    {
        for (var i = 0; ; i++)
        {
            var samples = new ((string, string)[], long, double)[SeriesOfAWriter];
            for (var s = 0; s < samples.Length; s++)
            {
                samples[s] = ([("__name__", "kill"), ("series", s.ToString(CultureInfo.InvariantCulture)),
                    ("writer", writer.ToString(CultureInfo.InvariantCulture))], fromMs + i, i / 3.0 + s);
            }
            var body = WriteBody.Of(samples);
            try
            {
                var (status, text) = await receiver.WriteAsync(body);
                Assert.True(status == HttpStatusCode.OK, $"{(int)status} {text}");
            }
            catch (HttpRequestException)
            {
                return;
            }
            lock (acknowledged) acknowledged.AddRange(WriteBody.Samples(body));
        }
    }
}
