using Tsdb.Memory;

namespace Tsdb.Tests.Memory;

public class ByteHeapTests
{
    [Fact]
    public void StoreAndFree_AnyLengths_KeepsEveryStringAsItIs()
    {
        var random = new Random(31);
        using var heap = new ByteHeap(1L << 30);
        var stored = new List<(uint Line, byte[] Bytes)>();
        var live = 0L;
        for (var round = 0; round < 20_000; round++)
        {
            if (stored.Count > 200 || (stored.Count > 0 && random.Next(2) == 0))
            {
                var at = random.Next(stored.Count);
                var (line, bytes) = stored[at];
                Assert.True(heap.Read(line, bytes.Length).SequenceEqual(bytes), $"round {round} of seed 31");
                heap.Free(line, bytes.Length);
                live -= bytes.Length;
                stored.RemoveAt(at);
            }
            var added = new byte[random.Next(3) == 0 ? random.Next(ByteHeap.LengthMax + 1) : random.Next(2000)];
            random.NextBytes(added);
            stored.Add((heap.Store(added), added));
            live += added.Length;
        }
        foreach (var (line, bytes) in stored) Assert.True(heap.Read(line, bytes.Length).SequenceEqual(bytes));
        // What was freed is used again: far less than the hundreds of megabytes that were stored in all.
        Assert.InRange(heap.CommittedBytes, live, 64L << 20);
    }

    [Fact]
    public void Store_LongestAndNothing_AreTaken()
    {
        using var heap = new ByteHeap(1L << 20);
        var longest = new byte[ByteHeap.LengthMax];
        longest[^1] = 7;
        var line = heap.Store(longest);
        var none = heap.Store([]);
        Assert.NotEqual(line, none);
        Assert.True(heap.Read(line, longest.Length).SequenceEqual(longest));
        Assert.Throws<ArgumentOutOfRangeException>(() => heap.Store(new byte[ByteHeap.LengthMax + 1]));
    }
}
