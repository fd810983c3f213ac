using System.Linq;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Tests.Chunks;

public sealed class HeadChunkFilesTests : IDisposable
{
    private const long StartMs = 1_700_000_000_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("head-chunks-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false, "0115", "f54c48ea")]
    [InlineData(true, "8115", "db46bfb0")]
    public void Write_WorkedExample_GivesItsBytes(bool isOutOfOrder, string encodingAndLength, string crc)
    {
        var data = XorChunkTests.Encode([(StartMs, Bits(1)), (StartMs + 15_000, Bits(2))]);
        using (var files = HeadChunkFiles.Open(_directory))
            Assert.Equal(0x1_0000_0008ul, files.Write(1, StartMs, StartMs + 15_000, ChunkEncoding.Xor, data, isOutOfOrder));
        var bytes = File.ReadAllBytes(Path.Combine(_directory, "000001"));
        Assert.Equal(131_072, bytes.Length);
        var expected = "0130bc9101000000" + "0000000000000001" + "0000018bcfe56800" + "0000018bcfe5a298" + encodingAndLength
            + Convert.ToHexStringLower(data) + crc;
        Assert.Equal(expected, Convert.ToHexStringLower(bytes.AsSpan(0, 59)));
        Assert.False(bytes.AsSpan(59).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void TryRead_BufferedFlushedAndReopened_GivesTheChunk()
    {
        var written = new Dictionary<ulong, byte[]>();
        using (var files = HeadChunkFiles.Open(_directory, writeBufferBytes: 64 << 10, fileSizeBytes: 200 << 10))
        {
            Fill(files, written, 900, seed: 5);
            Assert.True(files.FileCount > 2);
            AssertReadable(files, written);
        }
        using var again = HeadChunkFiles.Open(_directory);
        var seen = new List<ulong>();
        Assert.Null(again.Load(entry => Add(seen, entry.ChunkRef), () => Assert.Fail("reset")));
        Assert.Equal(written.Keys.Order(), seen);
        AssertReadable(again, written);
        var next = again.Write(1, 1, 2, ChunkEncoding.Xor, [0, 0], false);
        Assert.Equal((ulong)again.FileCount, next >> 32); // Files of an earlier run are never extended.
    }

    [Fact]
    public void Load_AnyByteOfAnEntryChanged_SetsThatFileAside()
    {
        var written = new Dictionary<ulong, byte[]>();
        using (var files = HeadChunkFiles.Open(_directory, fileSizeBytes: 300))
            Fill(files, written, 12, seed: 6);
        var second = Path.Combine(_directory, "000002");
        var intact = File.ReadAllBytes(second);
        var later = Directory.GetFiles(_directory).Where(f => string.CompareOrdinal(f, second) > 0)
            .ToDictionary(f => f, File.ReadAllBytes);
        var others = written.Keys.Where(r => r >> 32 != 2).Order().ToList();
        var end = 8 + written.Where(w => w.Key >> 32 == 2).Sum(w => HeadChunkFormat.EntryBytes(w.Value.Length));
        for (var at = 8; at < end; at++)
        {
            var damaged = (byte[])intact.Clone();
            damaged[at] ^= 0x11;
            File.WriteAllBytes(second, damaged);
            foreach (var (path, bytes) in later) File.WriteAllBytes(path, bytes);
            using var files = HeadChunkFiles.Open(_directory);
            var seen = new List<ulong>();
            var damage = files.Load(entry => Add(seen, entry.ChunkRef), seen.Clear);
            Assert.StartsWith("CORRUPT: head chunk file ", damage);
            Assert.Equal(others, seen);
            Assert.Equal(later.Count + 2, files.FileCount);
            Assert.Equal(1, files.CorruptionCount);
            var kept = Assert.Single(files.SetAside);
            Assert.Equal(damaged, File.ReadAllBytes(kept));
            File.Delete(kept);
        }
    }

    [Fact]
    public void Load_ChunkRefusedByTheHead_SetsAllFilesAside()
    {
        using (var files = HeadChunkFiles.Open(_directory, fileSizeBytes: 300)) Fill(files, [], 12, seed: 7);
        using var again = HeadChunkFiles.Open(_directory);
        var resets = 0;
        Assert.NotNull(again.Load(entry => entry.SeriesRef != 5, () => resets++));
        Assert.Equal((again.SetAside.Count, 1), (again.FileCount, resets));
        Assert.Null(again.Load(_ => false, () => resets++)); // Nothing but empty files is left.
    }

    [Fact]
    public void Load_PreallocatedZerosAndKilledFile_IsNoDamage()
    {
        using (var files = HeadChunkFiles.Open(_directory)) Fill(files, [], 3, seed: 8);
        File.WriteAllBytes(Path.Combine(_directory, "000002"), [0x01, 0x30, 0xbc, 0x91, 1, 0, 0, 0, .. new byte[1000]]);
        File.WriteAllBytes(Path.Combine(_directory, "000003"), new byte[100]);
        using var again = HeadChunkFiles.Open(_directory);
        var seen = 0;
        Assert.Null(again.Load(_ => ++seen > 0, () => Assert.Fail("reset")));
        Assert.Equal(3, seen);
        Assert.False(File.Exists(Path.Combine(_directory, "000003")));
    }

    [Fact]
    public void Load_GarbageBehindTheLastChunk_IsDamage()
    {
        var path = Path.Combine(_directory, "000001");
        using (var files = HeadChunkFiles.Open(_directory)) Fill(files, [], 1, seed: 8);
        var end = 8 + HeadChunkFormat.EntryBytes(21);
        File.WriteAllBytes(path, [.. File.ReadAllBytes(path).AsSpan(0, end), .. "ten  bytes"u8]);
        using var again = HeadChunkFiles.Open(_directory);
        Assert.NotNull(again.Load(_ => true, () => { }));
        Assert.True(File.Exists(path + ".corrupt-1"));
        Assert.Equal(8, new FileInfo(path).Length);
    }

    [Fact]
    public void Open_HoleInTheNumbersOrForeignHeader_IsToldAndGetsAnEmptyFile()
    {
        byte[] header = [0x01, 0x30, 0xbc, 0x91, 1, 0, 0, 0];
        foreach (var name in new[] { "000001", "000004" }) File.WriteAllBytes(Path.Combine(_directory, name), header);
        var foreign = Path.Combine(_directory, "000003");
        File.WriteAllBytes(foreign, [1, 2, 3, 4, 5, 6, 7, 8]);
        using (var files = HeadChunkFiles.Open(_directory))
        {
            Assert.Equal(4, files.FileCount);
            Assert.Equal(2, files.CorruptionCount);
            Assert.Contains("files 2 to 2 are missing", files.Problems[0], StringComparison.Ordinal);
            Assert.Contains("000003: invalid magic number 1020304", files.Problems[1], StringComparison.Ordinal);
            Assert.Null(files.Load(_ => true, () => { }));
        }
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], File.ReadAllBytes(foreign + ".corrupt-1"));
        using var again = HeadChunkFiles.Open(_directory);
        Assert.Empty(again.Problems);
    }

    [Fact]
    public void Truncate_BelowAFile_KeepsTheRestAndCutsNext()
    {
        var written = new Dictionary<ulong, byte[]>();
        using var files = HeadChunkFiles.Open(_directory, fileSizeBytes: 300);
        Fill(files, written, 30, seed: 9);
        var current = files.Write(99, 1, 2, ChunkEncoding.Xor, [0, 0], false);
        files.Truncate(4);
        using var into = new ByteBuffer();
        foreach (var (reference, _) in written) Assert.Equal(reference >> 32 >= 4, files.TryRead(reference, into, out _));
        Assert.True(files.Write(99, 3, 4, ChunkEncoding.Xor, [0, 0], false) >> 32 > current >> 32);
        files.Truncate(int.MaxValue);
        Assert.Equal(1, files.FileCount);
    }

    [Fact]
    public async Task TryRead_WhileOneWriterWrites_AlwaysGivesTheChunk()
    {
        using var files = HeadChunkFiles.Open(_directory, writeBufferBytes: 64 << 10, fileSizeBytes: 300 << 10);
        var written = new System.Collections.Concurrent.ConcurrentQueue<(ulong Reference, int Seed)>();
        var writer = Task.Run(() =>
        {
            for (var seed = 0; seed < 3000; seed++)
            {
                var reference = files.Write((ulong)seed, 0, 1, ChunkEncoding.Xor, Payload(seed), false);
                written.Enqueue((reference, seed));
            }
        });
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            using var into = new ByteBuffer();
            while (!writer.IsCompleted)
            {
                foreach (var (reference, seed) in written.TakeLast(50))
                {
                    into.Clear();
                    Assert.True(files.TryRead(reference, into, out var entry));
                    Assert.Equal((ulong)seed, entry.SeriesRef);
                    Assert.True(into.Written.SequenceEqual(Payload(seed)));
                }
            }
        })).ToArray();
        await writer;
        await Task.WhenAll(readers);

        static byte[] Payload(int seed)
        {
            var bytes = new byte[100 + (seed % 900)];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }
    }

    private static void Fill(HeadChunkFiles files, Dictionary<ulong, byte[]> written, int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var samples = count < 50 ? [(StartMs, 0ul), (StartMs + i, ~0ul)] : XorChunkTests.RandomSamples(random, 120);
            var data = XorChunkTests.Encode(samples);
            written[files.Write((ulong)i, samples[0].Item1, samples[^1].Item1, ChunkEncoding.Xor, data, i % 2 == 1)] = data;
        }
    }

    private static void AssertReadable(HeadChunkFiles files, Dictionary<ulong, byte[]> written)
    {
        using var into = new ByteBuffer();
        foreach (var (reference, data) in written)
        {
            into.Clear();
            into.WriteByte(7); // What is there already stays.
            Assert.True(files.TryRead(reference, into, out var entry));
            Assert.Equal(reference, entry.ChunkRef);
            Assert.Equal([7, .. data], into.Written.ToArray());
        }
    }

    private static bool Add(List<ulong> to, ulong reference)
    {
        to.Add(reference);
        return true;
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}
