namespace Tsdb.Tests.Crashes;

/// <summary>Every single step of a disk fails, once or for a while: nothing is acknowledged that is not kept, the error names
/// the path, and the database goes on when the disk does.</summary>
[Trait("Category", "Slow")]
public sealed class FaultTests
{
    private const string MemoryDisk = "/dev/shm"; // Hundreds of databases: where it exists, not on a real disk.

    [Theory]
    [InlineData(WalFsync.Commit, 1, 3)]
    [InlineData(WalFsync.Segment, 1, 5)]
    [InlineData(WalFsync.Commit, 25, 11)]
    public void Run_WithAnyStepOfTheDiskFailing_KeepsWhatItAcknowledges(WalFsync fsync, int failures, int everyNth)
    {
        var steps = Steps(fsync);
        for (var first = failures % everyNth; first < steps; first += everyNth)
        {
            using var folder = new Folder();
            var journal = new JournalDisk(folder.Path);
            var disk = new FaultyDisk(journal, first, failures);
            var workload = new CrashWorkload(folder.Path, fsync, journal, disk);
            var problem = workload.RunWithFaults();
            var where = $"{failures} failures from step {first} ({disk.Fault})";
            Assert.True(problem is null, $"{where}: {problem}\n{string.Join('\n', workload.Errors)}");
            Assert.True(disk.Fault.Length > 0 || !disk.IsSound, $"step {first} never came");
            foreach (var error in workload.Errors)
            {
                Assert.True(
                    error.Contains(folder.Path, StringComparison.Ordinal), $"step {first} ({disk.Fault}): no path in: {error}");
            }
        }
    }

    /// <summary>Steps of a run without failures.</summary>
    private static int Steps(WalFsync fsync)
    {
        using var folder = new Folder();
        var journal = new JournalDisk(folder.Path);
        Assert.Null(new CrashWorkload(folder.Path, fsync, journal, journal).RunWithFaults());
        return journal.Position;
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(
            Directory.Exists(MemoryDisk) ? MemoryDisk : System.IO.Path.GetTempPath(), $"receiver-fault-{Guid.NewGuid():N}"))
            .FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
