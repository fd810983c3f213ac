using System.Runtime.CompilerServices;
using TestKit;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

/// <summary>What a series and a sample may cost: the byte budget, counted, and nothing on the heap in the steady state.</summary>
public sealed class HeadMemoryTests : IDisposable
{
    private const int SeriesCount = 20_000;
    private const int Rounds = 60;
    private const long Start = 1_700_000_000_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Structs_OfASeries_AreOneCacheLineAndAHalf()
    {
        Assert.Equal(64, Unsafe.SizeOf<MemSeries>());
        Assert.Equal(32, Unsafe.SizeOf<ColdSeries>());
        Assert.Equal(64, Unsafe.SizeOf<ChunkBlock>());
        Assert.Equal(16, Unsafe.SizeOf<LabelPair>());
    }

    [Fact]
    public void SteadyAppend_WithTheLog_AllocatesNothing()
    {
        using var database = Open();
        var (keys, labels) = Series(2000);
        var items = new AppendItem[2000];
        for (var round = 0; round < 25; round++) Append(database, items, keys, labels, round);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 25; round < 28; round++) Append(database, items, keys, labels, round);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ActiveSeries_After60Rounds_StaysInTheByteBudget()
    {
        using var database = Open();
        var (keys, labels) = Series(SeriesCount);
        var items = new AppendItem[2000];
        for (var round = 0; round < Rounds; round++)
        {
            for (var from = 0; from < SeriesCount; from += items.Length)
                Append(database, items, keys.AsSpan(from, items.Length), labels.AsSpan(from, items.Length), round);
        }

        var memory = database.HeadMemory;

        // The budget of a series is 610 bytes. Pair references save half of the label references, which pays for posting lists
        // that are three quarters full and for open chunks of which every third here holds noise (docs/decisions).
        // Regions grow in steps of 64 KiB, which a test of this size must add once a part.
        const long Step = 64 << 10;
        Assert.True(memory.SeriesStructs <= (96L * SeriesCount) + (2 * Step), $"structs {memory.SeriesStructs}");
        Assert.True(memory.LabelReferences <= (52L * SeriesCount) + Step, $"label references {memory.LabelReferences}");
        Assert.True(memory.IdentityTable <= 48L * SeriesCount, $"identity table {memory.IdentityTable}");
        Assert.True(memory.PairsAndPostings <= (100L * SeriesCount) + (16 * Step),
            $"pairs and postings {memory.PairsAndPostings}");
        Assert.True(memory.Symbols <= (32L * SeriesCount) + Step, $"symbols {memory.Symbols}");
        Assert.True(memory.OpenChunks <= (282L * SeriesCount) + Step, $"open chunks {memory.OpenChunks}");
        Assert.True(memory.FullChunkReferences <= (48L * SeriesCount) + Step, $"chunk references {memory.FullChunkReferences}");
        Assert.True(memory.Total <= (610L * SeriesCount) + (20 * Step),
            $"all parts {memory.Total / (double)SeriesCount} bytes a series");
    }

    [Fact]
    public void Create_WhenTheHeadsAreFull_IsRefusedAndKnownSeriesGoOn()
    {
        var (keys, labels) = Series(3);
        var items = new AppendItem[2];
        using (var database = Open()) Append(database, items, keys.AsSpan(0, 2), labels.AsSpan(0, 2), 0);
        using var full = Database.Open(new DatabaseOptions { Directory = _folder.Path, HeadsBytesMax = 1 });
        Append(full, items, keys.AsSpan(0, 2), labels.AsSpan(0, 2), 1);

        using var appender = full.CreateAppender();
        var stranger = new AppendItem { Key = keys[2], TimestampMs = Start, SeriesIndex = AppendItem.NoSeries };
        Assert.Equal(CreateResult.Full, appender.Create(ref stranger, labels[2]));
        Assert.Equal(AppendItem.NoSeries, stranger.SeriesIndex);
        appender.Append([stranger]);
        appender.Commit();
        Assert.Equal(2, full.SeriesCount);
    }

    [Fact]
    public void Dispose_OfADatabase_GivesEveryNativeByteBack()
    {
        var region = new NativeRegion(1 << 20);
        region.Ensure(1);
        Assert.True(OwnedBytes.Total >= region.CommittedBytes);
        using (var database = Open())
        {
            var (keys, labels) = Series(2000);
            Append(database, new AppendItem[2000], keys, labels, 0);
            Assert.True(database.HeadMemory.SeriesStructs > 0);
        }
        region.Dispose();
        Assert.Equal(0, region.CommittedBytes);
    }

    private static void Append(Database database, AppendItem[] items, ReadOnlySpan<KeyHash> keys, ReadOnlySpan<byte[]> labels,
        int round)
    {
        using var appender = database.CreateAppender();
        for (var i = 0; i < items.Length; i++)
        {
            // A counter, a constant and a noisy gauge by turns: the mix decides how large chunks get.
            var value = (i % 3) switch { 0 => 42.0, 1 => round * 17.0, _ => Math.Sin((i * 31) + round) };
            items[i] = new AppendItem
            {
                Key = keys[i],
                TimestampMs = Start + (round * 15_000L),
                ValueBits = BitConverter.DoubleToUInt64Bits(value),
            };
        }
        appender.Find(items);
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[i], labels[i]);
        }
        appender.Append(items);
        appender.Commit();
        foreach (ref readonly var item in items.AsSpan()) Assert.True(item.Result == AppendResult.Appended);
    }

    private static (KeyHash[] Keys, byte[][] Labels) Series(int count)
    {
        var keys = new KeyHash[count];
        var labels = new byte[count][];
        using var scratch = new ByteBuffer();
        for (var i = 0; i < count; i++)
        {
            // Thirteen labels of about 330 bytes, as a cluster's kubelet exposes them: forty series a pod.
            labels[i] = LabelSet.FromStrings(
                ("__name__", $"container_network_receive_bytes_total_{i % 40}"), ("cluster", "prod-eu-1"),
                    ("container", $"app-{i % 37}"),
                ("endpoint", "https-metrics"), ("id", $"/kubepods/burstable/pod{i / 40}/c"),
                    ("image", $"registry/team/app:v1.2.{i % 37}"),
                ("instance", $"10.0.{i / 4000}.1:10250"), ("job", "kubelet"), ("metrics_path", "/metrics/cadvisor"),
                ("namespace", $"ns-{i / 400}"), ("node", $"node-{i / 4000}"), ("pod", $"app-7d9c5b6f4-{i / 40:x5}"),
                ("service", "kubelet")).Encoded.ToArray();
            keys[i] = CanonicalKey.Compute(labels[i], scratch);
        }
        return (keys, labels);
    }

    private Database Open() => Database.Open(new DatabaseOptions { Directory = _folder.Path });
}
