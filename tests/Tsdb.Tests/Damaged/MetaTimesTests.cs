using System.Globalization;
using TestKit;
using Tsdb.Blocks;
using Tsdb.Tests.Head;

namespace Tsdb.Tests.Damaged;

/// <summary>A digit of a block's end is wrong in its meta.json: what is only in the log is there all the same.</summary>
public class MetaTimesTests
{
    [Theory]
    [InlineData(100_000_000_000)]
    [InlineData(100_000_000)]
    [InlineData(10_000_000)]
    [InlineData(-100_000_000)]
    public void Open_EndOfTheNewestBlockIsWrong_HasEverySampleOfTheLog(long difference)
    {
        using var folder = new TempFolder();
        var told = new List<string>();
        var options = SmallDirectory.Options(folder.Path, told.Add);
        SmallDirectory.Make(folder.Path);
        SortedSet<(string, long)> expected = [];
        string file;
        using (var database = Database.Open(options))
        {
            Collect(database, expected);
            BlockReader? newest = null;
            foreach (var block in database.Blocks)
                if (block.Meta.Hints.Count == 0 && block.Meta.MaxTimeMs > (newest?.Meta.MaxTimeMs ?? 0)) newest = block;
            var (path, end) = (newest!.Directory, newest.Meta.MaxTimeMs);
            file = Path.Combine(path, "meta.json");
            var text = File.ReadAllText(file);
            var changed = text.Replace(
                $"\"maxTime\": {end}", string.Create(CultureInfo.InvariantCulture, $"\"maxTime\": {end + difference}"),
                StringComparison.Ordinal);
            Assert.NotEqual(text, changed);
            File.WriteAllText(file, changed);
        }
        told.Clear();
        using var again = Database.Open(options);
        SortedSet<(string, long)> found = [];
        Collect(again, found);
        // Behind an end that is too early nothing is read of the block.
        if (difference > 0) Assert.Equal(expected, found);
        Assert.Contains((SmallDirectory.Series(0).ToString(), SmallDirectory.EndMs), found);
        Assert.Equal(difference > 0, told.Exists(line => line.Contains(file, StringComparison.Ordinal)));
    }

    private static void Collect(Database database, SortedSet<(string, long)> into)
    {
        foreach (var (labels, samples) in HistogramDump.Of(database))
            foreach (var t in samples.Keys) into.Add((labels.ToString(), t));
    }
}
