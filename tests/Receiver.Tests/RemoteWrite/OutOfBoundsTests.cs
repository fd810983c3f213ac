using Receiver.RemoteWrite;
using TestKit;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Samples too old for the head: refused, and a sender of old data cannot fill the head with empty series.</summary>
public sealed class OutOfBoundsTests : IDisposable
{
    private const long T = 1_700_000_000_000;
    private const long DayMs = 86_400_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_OldSampleOfUnknownSeries_IsRefusedAndCreatesNothing()
    {
        using var databases = new FolderDatabases(_folder.Path);
        await Write(databases, Requests.Many(1, T));
        var result = await Write(
            databases,
            [
                .. Requests.Series(T - DayMs, 1, ("__name__", "old")),
                .. Requests.Series(T - DayMs, 1, ("__name__", "m"), ("i", "0")),
            ]);

        Assert.Equal((409, "add 2 samples: out of bounds"), (result.HttpStatus, result.Text));
        Assert.Equal(1, databases.Open["t"].SeriesCount);
        Assert.Equal(2, databases.Open["t"].HeadCounters.OutOfBounds);
    }

    [Fact]
    public async Task Write_UnknownSeriesWithOneSampleInBounds_KeepsThatOne()
    {
        using var databases = new FolderDatabases(_folder.Path);
        await Write(databases, Requests.Many(1, T));
        var series = new Tsdb.Memory.ByteBuffer();
        Requests.Field(series, 1, Requests.Label("__name__", "new"));
        Requests.Field(series, 2, Requests.Sample(T - DayMs, 1));
        Requests.Field(series, 2, Requests.Sample(T + 1, 2));
        var body = new Tsdb.Memory.ByteBuffer();
        Requests.Field(body, 1, series.Written);
        var result = await Write(databases, body.Written.ToArray());

        Assert.Equal((409, "add 1 samples: out of bounds"), (result.HttpStatus, result.Text));
        Assert.Equal((2, 2), (databases.Open["t"].SeriesCount, databases.Open["t"].HeadCounters.SamplesAppended));
    }

    private static async Task<WriteResult> Write(FolderDatabases databases, byte[] body)
    {
        using var batch = Requests.Read(body);
        return await new LocalWriter(databases).WriteAsync("t", batch, CancellationToken.None);
    }
}
