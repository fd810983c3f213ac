using System.Net;
using Integration.Fixture;
using TestKit;

namespace Integration.Doors;

/// <summary>Samples that arrive out of order, from HTTP to the StoreAPI and over a kill, with a window and without.</summary>
public sealed class LateSamplesTests
{
    private const int Series = 20;
    private const long MinuteMs = 60_000;

    [Fact]
    public async Task Write_ShuffledWithinTheWindow_IsAllReadBackAlsoAfterAKill()
    {
        const int seed = 7;
        using var folder = new TempFolder();
        await using var receiver = new ReceiverProcess(folder.At("data"), "r0", "--tsdb.out-of-order.time-window=2h");
        await receiver.StartAsync();
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var acknowledged = new SampleSet();
        await WriteAsync(receiver, nowMs, acknowledged);
        var minutes = new int[100]; // More than a list of 32 holds, so that chunks are cut as well.
        for (var i = 0; i < minutes.Length; i++) minutes[i] = i + 1;
        new Random(seed).Shuffle(minutes);
        foreach (var minute in minutes) await WriteAsync(receiver, nowMs - (minute * MinuteMs), acknowledged);

        (await StoreReader.ReadAsync(receiver.GrpcAddress)).AssertHolds(acknowledged.All, $"before the kill, seed {seed}");
        await receiver.KillAsync();
        await receiver.StartAsync();
        (await StoreReader.ReadAsync(receiver.GrpcAddress)).AssertHolds(acknowledged.All, $"after the kill, seed {seed}");

        var (status, text) = await receiver.WriteAsync(Body(nowMs - (125 * MinuteMs)));
        Assert.Equal((HttpStatusCode.Conflict, "too old sample"), (status, Reason(text)));
    }

    [Fact]
    public async Task Write_LateWithoutAWindow_IsRefusedAndNothingOfItIsRead()
    {
        using var folder = new TempFolder();
        await using var receiver = new ReceiverProcess(folder.At("data"), "r0");
        await receiver.StartAsync();
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var acknowledged = new SampleSet();
        await WriteAsync(receiver, nowMs, acknowledged);

        var (status, text) = await receiver.WriteAsync(Body(nowMs - MinuteMs));
        Assert.Equal((HttpStatusCode.Conflict, "out of order sample"), (status, Reason(text)));
        var stored = await StoreReader.ReadAsync(receiver.GrpcAddress);
        stored.AssertHolds(acknowledged.All, "in order");
        Assert.Equal(Series, stored.Count);
    }

    private static async Task WriteAsync(ReceiverProcess receiver, long timeMs, SampleSet acknowledged)
    {
        var body = Body(timeMs);
        var (status, text) = await receiver.WriteAsync(body);
        Assert.True(status == HttpStatusCode.OK, $"{(int)status} {text}");
        acknowledged.AddRange(WriteBody.Samples(body));
    }

    private static byte[] Body(long timeMs)
    {
        var samples = new ((string, string)[], long, double)[Series];
        for (var i = 0; i < Series; i++)
            samples[i] = ([("__name__", "late"), ("series", $"{i:00}")], timeMs, (timeMs % 1000) + i);
        return WriteBody.Of(samples);
    }

    /// <summary>What follows the number of samples in an answer of one reason.</summary>
    private static string Reason(string text) => text.Trim()[(text.IndexOf("samples: ", StringComparison.Ordinal) + 9)..];
}
