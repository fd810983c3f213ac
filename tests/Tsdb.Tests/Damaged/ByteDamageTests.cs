using TestKit;
using Tsdb.Head;

namespace Tsdb.Tests.Damaged;

/// <summary>Every byte of a small directory changed, and every file cut at every length: the database opens, gives nothing
/// that was not
/// stored, misses only what the change hit, takes new samples and has them after the next start.</summary>
public sealed class ByteDamageTests : IDisposable
{
    /// <summary>More lines than this from one opening mean that something goes round in circles.</summary>
    private const int LinesMax = 500;

    private readonly TempFolder _folder = new(isInMemory: true);
    private readonly string _intact;
    private readonly List<(string Path, byte[] Bytes)> _files = [];
    private readonly Content _truth;
    private readonly List<string> _blocks = [];
    private int _trials;

    public ByteDamageTests()
    {
        _intact = _folder.At("intact");
        SmallDirectory.Make(_intact);
        foreach (var file in Directory.GetFiles(_intact, "*", SearchOption.AllDirectories))
            _files.Add((Path.GetRelativePath(_intact, file), File.ReadAllBytes(file)));
        Restore("truth");
        var log = new List<string>();
        using var database = Database.Open(SmallDirectory.Options(_folder.At("truth"), log.Add));
        _truth = Content.Of(database, new Content(), []);
        // One block of either kind: the others are like them.
        var (inOrder, late) = (false, false);
        foreach (var block in database.Blocks)
        {
            var isLate = block.Meta.Hints.Count > 0;
            if (isLate ? late : inOrder) continue;
            _blocks.Add(block.Meta.Ulid);
            (inOrder, late) = (inOrder || !isLate, late || isLate);
        }
        Assert.Empty(log.FindAll(static line => line.Contains("CORRUPT", StringComparison.Ordinal)));
    }

    public static TheoryData<string> Parts =>
        new() { "wal", "checkpoint", "wbl", "chunks_head", "index", "chunks", "meta.json", "tombstones" };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SmallDirectory_HasAFileOfEachPart()
    {
        foreach (var part in Parts) Assert.Contains(_files, file => IsOf(file.Path, part));
        Assert.True(_truth.Count > 100, $"{_truth.Count} samples");
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Open_SomeBytesFlipped_LosesOnlyThem(string part) => Flip(part, stride: 29);

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Parts))]
    public void Open_EveryByteFlipped_LosesOnlyIt(string part) => Flip(part, stride: 1);

    [Theory]
    [MemberData(nameof(Parts))]
    public void Open_FileCutAtSomeLengths_LosesOnlyTheRest(string part) => Cut(part, stride: 41);

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Parts))]
    public void Open_FileCutAtEveryLength_LosesOnlyTheRest(string part) => Cut(part, stride: 1);

    private void Flip(string part, int stride) => CheckAll(Flips(part, stride));

    private IEnumerable<Damage> Flips(string part, int stride)
    {
        foreach (var (path, bytes) in _files)
        {
            if (!IsOf(path, part)) continue;
            var used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (var at = 0; at < Math.Min(used + 2, bytes.Length); at += stride)
            {
                foreach (var mask in new byte[] { 0x01, 0xff })
                {
                    var damaged = (byte[])bytes.Clone();
                    damaged[at] ^= mask;
                    yield return new Damage(path, damaged, $"{path} byte {at} ^ {mask:x}");
                }
            }
        }
    }

    private void Cut(string part, int stride) => CheckAll(Cuts(part, stride));

    private IEnumerable<Damage> Cuts(string part, int stride)
    {
        foreach (var (path, bytes) in _files)
        {
            if (!IsOf(path, part)) continue;
            var used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (var length = 0; length <= used; length += stride)
                yield return new Damage(path, bytes[..length], $"{path} cut at {length}");
        }
    }

    /// <summary>On every core, each with a directory of its own.</summary>
    private void CheckAll(IEnumerable<Damage> damages) => Parallel.ForEach(
        damages,
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        () => $"damaged-{Interlocked.Increment(ref _trials)}",
        (damage, _, name) =>
        {
            Check(damage, name);
            return name;
        },
        name =>
        {
            // It may have had nothing to do.
            if (Directory.Exists(_folder.At(name))) Directory.Delete(_folder.At(name), recursive: true);
        });

    private bool IsOf(string path, string part) => part switch
    {
        "wal" => path.StartsWith("wal/0", StringComparison.Ordinal),
        "checkpoint" => path.StartsWith("wal/checkpoint", StringComparison.Ordinal),
        "chunks" => path.Contains("/chunks/", StringComparison.Ordinal) && _blocks.Contains(path.Split('/')[0]),
        "wbl" => path.StartsWith("wbl/", StringComparison.Ordinal),
        "chunks_head" => path.StartsWith("chunks_head/", StringComparison.Ordinal),
        _ => path.EndsWith("/" + part, StringComparison.Ordinal) && _blocks.Contains(path.Split('/')[0]),
    };

    private void Check(Damage damage, string name)
    {
        var path = damage.Path;
        Restore(name);
        var directory = _folder.At(name);
        File.WriteAllBytes(Path.Combine(directory, path), damage.Bytes);
        // What a block's meta.json says is covered by no checksum: it decides what is taken to be in blocks.
        var isTrusted = !path.EndsWith("meta.json", StringComparison.Ordinal);
        var survivors = new Survivors(_intact, directory);
        var log = new List<string>();
        try
        {
            using (var database = Database.Open(SmallDirectory.Options(directory, Log)))
            {
                var found = Content.Of(database, _truth, survivors.Unreadable);
                AssertTrue(found);
                var missing = isTrusted ? survivors.Missing(found, _truth) : "";
                Assert.True(missing.Length == 0, $"{missing}{string.Join('\n', found.Failures)}");
                Assert.True(Append(database) || !isTrusted, "a new sample is refused");
            }
            using var again = Database.Open(SmallDirectory.Options(directory, Log));
            var then = Content.Of(again, _truth, survivors.Unreadable);
            var isThere = then.Has(SmallDirectory.Series(1).ToString(), SmallDirectory.EndMs + 1);
            Assert.True(isThere || !isTrusted, "the new sample is gone");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{damage.What}: {e.Message}\n{string.Join('\n', log)}", e);
        }

        void Log(string line)
        {
            log.Add(line);
            Assert.True(log.Count < LinesMax, "endless");
        }
    }

    private static bool Append(Database database)
    {
        using var appender = database.CreateAppender();
        var result = appender.Append(SmallDirectory.Series(1), SmallDirectory.EndMs + 1, 42);
        appender.Commit();
        return result == AppendResult.Appended;
    }

    private void AssertTrue(Content found)
    {
        foreach (var (labels, samples) in found.Series)
        {
            foreach (var (t, value) in samples)
            {
                Assert.True(_truth.Has(labels, t), $"{labels} at {t} was never stored");
                Assert.True(_truth.Series[labels][t] == value, $"{labels} at {t}: {value} instead of {_truth.Series[labels][t]}");
            }
        }
    }

    private void Restore(string name)
    {
        var directory = _folder.At(name);
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        foreach (var (path, bytes) in _files) _folder.Write(name + "/" + path, bytes);
    }

    /// <summary>A file with other bytes.</summary>
    private sealed record Damage(string Path, byte[] Bytes, string What);
}
