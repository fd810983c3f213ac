using System.Text.Json;
using TestKit;
using Tsdb.Chunks;

namespace Tsdb.Tests.Chunks;

public sealed class XorChunkTests
{
    private const ulong StaleMarker = 0x7ff0000000000002;

    public static TheoryData<string> GoldenFiles()
    {
        var files = new TheoryData<string>();
        foreach (var file in Golden.Files("tsdb/chunks", "xor*")) files.Add(file);
        return files;
    }

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void TryAppend_GoldenSamples_GivesTheSameBytesAndReadsThemBack(string file)
    {
        var vectors = 0;
        foreach (var line in Golden.Lines(file))
        {
            using var vector = JsonDocument.Parse(line);
            var name = vector.RootElement.GetProperty("name").GetString();
            var samples = new List<(long, ulong)>();
            foreach (var sample in vector.RootElement.GetProperty("samples").EnumerateArray())
                samples.Add((long.Parse(sample[0].GetString()!), Convert.ToUInt64(sample[1].GetString()![..16], 16)));
            var hex = vector.RootElement.GetProperty("hex").GetString()!;
            Assert.True(hex == Convert.ToHexStringLower(Encode(samples)), name);
            Assert.Equal(samples, Decode(Convert.FromHexString(hex)));
            vectors++;
        }
        Assert.True(vectors > 0);
    }

    [Theory]
    [InlineData("00 03 80 a0 ab fe f9 62 3f f0 00 00 00 00 00 00 98 75 40 05 62 2b ff", "0 15000 30010", "1 1 0")]
    [InlineData("00 04 80 a0 ab fe f9 62 40 28 00 00 00 00 00 00 e8 07 d6 0d ac 49 44", "0 1000 2000 3000", "12 24 13 15")]
    public void TryAppend_WorkedExamples_GiveTheirBytes(string hex, string offsets, string values)
    {
        var (times, numbers) = (offsets.Split(' '), values.Split(' '));
        var samples = new List<(long, ulong)>();
        for (var i = 0; i < times.Length; i++)
            samples.Add((1_700_000_000_000 + long.Parse(times[i]), BitConverter.DoubleToUInt64Bits(double.Parse(numbers[i]))));
        Assert.Equal(hex.Replace(" ", ""), Convert.ToHexStringLower(Encode(samples)));
    }

    [Fact]
    public void TryAppend_DeltaChangesAtEveryBoundary_GiveTheWorkedBytes()
    {
        long[] changes = [0, 8192, -8191, 8193, 65536, -65535, 65537, 524288, -524287, 524289];
        var samples = new List<(long, ulong)> { (0, 0x3ff0000000000000), (1_000_000, 0x3ff0000000000000) };
        long delta = 1_000_000;
        foreach (var change in changes)
        {
            delta += change;
            samples.Add((samples[^1].Item1 + delta, 0x3ff0000000000000));
        }
        Assert.Equal(
            (
                "00 0c 00 3f f0 00 00 00 00 00 00 c0 84 3d 14 00 0a 00 16 10 00 b4 00 01 a0 00 2e 10 00 17 40 00 " +
                "03 a0 00 05 e0 00 00 00 00 01 00 00 20").Replace(" ", ""),
            Convert.ToHexStringLower(Encode(samples)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TryAppend_RandomSamplesIntoTightBuffers_RoundTripsAndResumes(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var samples = RandomSamples(random, random.Next(1, 200));
            var whole = Encode(samples);
            Assert.True(samples.SequenceEqualTo(Decode(whole)), $"seed {seed} round {round}");

            // Resume from a prefix; window state is rebuilt from the bytes, so both ways must decode to the same samples.
            var cut = random.Next(1, samples.Count + 1);
            var prefix = Encode(samples.GetRange(0, cut));
            Assert.True(XorChunk.TryResume(prefix, out var state));
            Assert.Equal(cut, state.SampleCount);
            Assert.Equal(prefix.Length, state.LengthBytes);
            var resumed = Append(ref state, prefix, samples.GetRange(cut, samples.Count - cut));
            Assert.True(samples.SequenceEqualTo(Decode(resumed)), $"seed {seed} round {round} cut {cut}");
        }
    }

    [Fact]
    public void TryAppend_RefusedForRoom_LeavesTheChunkUnchanged()
    {
        var samples = RandomSamples(new Random(7), 60);
        for (var count = 0; count < samples.Count; count++)
        {
            var bytes = Encode(samples.GetRange(0, count));
            Assert.True(XorChunk.TryResume(bytes, out var state));
            var before = state;
            var copy = (byte[])bytes.Clone();
            if (XorChunk.TryAppend(ref state, copy, samples[count].Item1, samples[count].Item2)) continue;
            Assert.Equal(before, state);
            Assert.Equal(bytes, copy);
        }
    }

    [Fact]
    public void MoveNext_ChunkCutAtEveryByte_FailsAndGivesOnlyTrueSamples()
    {
        var samples = RandomSamples(new Random(11), 50);
        var bytes = Encode(samples);
        for (var length = 0; length < bytes.Length; length++)
        {
            var iterator = new XorChunkIterator(bytes.AsSpan(0, length));
            var read = 0;
            while (iterator.MoveNext()) Assert.Equal(samples[read++], (iterator.TimestampMs, iterator.ValueBits));
            Assert.True(iterator.IsFailed, $"cut at {length}");
        }
    }

    [Fact]
    public void MoveNext_AnyByteChanged_EndsWithoutException()
    {
        var bytes = Encode(RandomSamples(new Random(13), 50));
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var mask = 1; mask < 256; mask <<= 1)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at] ^= (byte)mask;
                var iterator = new XorChunkIterator(damaged);
                var read = 0;
                while (iterator.MoveNext()) read++;
                Assert.True(iterator.IsFailed || read == iterator.SampleCount);
            }
        }
    }

    [Fact]
    public void MoveNext_TrailingZeroByte_IsIgnored()
    {
        var samples = RandomSamples(new Random(17), 10);
        Assert.Equal(samples, Decode([.. Encode(samples), 0]));
    }

    internal static byte[] Encode(List<(long, ulong)> samples)
    {
        if (samples.Count == 0) return [0, 0]; // An empty chunk is its sample count alone.
        var state = default(XorAppendState);
        return Append(ref state, [], samples);
    }

    private static byte[] Append(ref XorAppendState state, byte[] chunk, List<(long, ulong)> samples)
    {
        foreach (var (time, bits) in samples)
        {
            // Grows by one byte at a time, so that every amount of missing room is met.
            while (!XorChunk.TryAppend(ref state, chunk, time, bits)) Array.Resize(ref chunk, chunk.Length + 1);
        }
        return chunk.AsSpan(0, state.LengthBytes).ToArray();
    }

    internal static List<(long, ulong)> Decode(byte[] chunk)
    {
        var samples = new List<(long, ulong)>();
        var iterator = new XorChunkIterator(chunk);
        while (iterator.MoveNext()) samples.Add((iterator.TimestampMs, iterator.ValueBits));
        Assert.False(iterator.IsFailed);
        return samples;
    }

    internal static List<(long, ulong)> RandomSamples(Random random, int count)
    {
        var samples = new List<(long, ulong)>();
        var time = random.NextInt64(-1L << 40, 1L << 41);
        var value = 100.0;
        for (var i = 0; i < count; i++)
        {
            time += random.Next(20) == 0 ? random.NextInt64(1, 1L << random.Next(1, 60)) : 15_000 + random.Next(-3, 4);
            value = random.Next(6) switch { 0 => value, 1 => random.NextDouble(), 2 => -value, _ => value + random.Next(10) };
            var bits = random.Next(15) switch
            {
                0 => StaleMarker,
                1 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                _ => BitConverter.DoubleToUInt64Bits(value),
            };
            samples.Add((time, bits));
        }
        return samples;
    }
}

internal static class SampleLists
{
    public static bool SequenceEqualTo(this List<(long, ulong)> left, List<(long, ulong)> right)
    {
        if (left.Count != right.Count) return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (left[i] != right[i]) return false;
        }
        return true;
    }
}
