using Receiver.RemoteWrite;
using TestKit;

namespace Receiver.Tests.RemoteWrite;

/// <summary>What a sender hears while the disk is full, and that it is enough to lose nothing.</summary>
public sealed class FullDiskTests
{
    private const long T = 1_700_000_000_000;

    /// <summary>So many that their samples need more than the page of the log that has been begun.</summary>
    private const int SeriesCount = 20_000;

    [SkippableFact]
    public async Task Write_ConflictWhileTheDiskIsFull_IsSentAgainUntilTheRestIsStored()
    {
        using var disk = SmallDisk.TryMount(64 << 10, out var reason);
        Skip.If(disk is null, "no file system of its own can be mounted: " + reason);
        using var databases = new FolderDatabases(disk.Path);
        Assert.True((await Write(databases, Requests.Many(SeriesCount, T))).IsStored);
        var ballast = Path.Combine(disk.Path, "ballast");
        Fill(ballast);
        byte[] body = [.. Requests.Series(T - 1, 1, ("__name__", "m"), ("i", "0")), .. Requests.Many(SeriesCount, T + 1)];

        var refused = await Write(databases, body);

        Assert.Equal(500, refused.HttpStatus);
        Assert.Contains("add 1 samples: out of order sample", refused.Text, StringComparison.Ordinal);
        Assert.Contains("commit samples: ", refused.Text, StringComparison.Ordinal);
        Assert.Equal(SeriesCount, databases.Open["t"].HeadCounters.SamplesAppended);

        File.Delete(ballast);
        var again = await Write(databases, body);
        Assert.Equal((409, "add 1 samples: out of order sample"), (again.HttpStatus, again.Text));
        Assert.Equal(2 * SeriesCount, databases.Open["t"].HeadCounters.SamplesAppended);
    }

    /// <summary>Writes until nothing more fits.</summary>
    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        Assert.ThrowsAny<IOException>(WriteOn);

        void WriteOn()
        {
            while (true) file.Write(block);
        }
    }

    private static async Task<WriteResult> Write(FolderDatabases databases, byte[] body)
    {
        using var batch = Requests.Read(body);
        return await new LocalWriter(databases).WriteAsync("t", batch, CancellationToken.None);
    }
}
