using TestKit;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Tests.Head.Replay;

namespace Tsdb.Tests.Damaged;

/// <summary>A memory snapshot with any byte changed: the start uses all of it or none, and has every sample with its
/// value.</summary>
public sealed class SnapshotFlipTests : IDisposable
{
    private const long Start = 1_700_000_000_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(0x01)]
    [InlineData(0xff)]
    public void Open_WithAnyByteChanged_HasEverySample(byte mask)
    {
        var whole = _folder.At("whole");
        using (var database = Open(whole))
        {
            for (var t = 0; t < 20; t++)
            {
                using var appender = database.CreateAppender();
                foreach (var name in (string[])["a", "b", "c"])
                    appender.Append(LabelSet.FromStrings(("__name__", name)), Start + (t * 15_000L), Math.Sin(t));
                appender.Commit();
            }
        }
        Dictionary<string, string> expected;
        using (var database = Open(whole)) expected = Dump(database);
        Assert.Equal(3, expected.Count);
        var file = Path.GetRelativePath(whole,
            Assert.Single(Directory.GetFiles(Assert.Single(Directory.GetDirectories(whole, "chunk_snapshot.*")))));
        var bytes = File.ReadAllBytes(Path.Combine(whole, file));
        var end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 8; // Padding follows; a few bytes of it are enough.
        var errors = 0L;
        for (var at = 0; at < Math.Min(end, bytes.Length); at++)
        {
            var damaged = _folder.At("damaged");
            CopyDirectory(whole, damaged);
            bytes[at] ^= mask;
            File.WriteAllBytes(Path.Combine(damaged, file), bytes);
            bytes[at] ^= mask;
            using (var database = Open(damaged))
            {
                Assert.Equal(expected, Dump(database));
                errors += database.HeadCounters.SnapshotErrors;
            }
            Directory.Delete(damaged, recursive: true);
        }
        Assert.InRange(errors, 100, end);
    }

    private static Dictionary<string, string> Dump(Database database)
    {
        var dump = new Dictionary<string, string>();
        foreach (var (series, samples) in LoggedSeries.Dump(database)) dump[series] = string.Join(' ', samples);
        return dump;
    }

    private static Database Open(string directory) => Database.Open(new DatabaseOptions
    {
        Directory = directory, MemorySnapshotOnShutdown = true, WalSegmentSizeBytes = 1 << 20,
    });

    private static void CopyDirectory(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(path, Path.Combine(to, Path.GetRelativePath(from, path)));
    }
}
