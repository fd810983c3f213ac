using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Tsdb.Tests.Memory;

/// <summary>Blocks as the log's records of histograms are: entries of the same form, with runs of numbers in them.</summary>
public sealed class SnappyWordsTests
{
    private readonly List<byte> _input = [];
    private readonly List<WordRun> _runs = [];

    public static TheoryData<int> Seeds()
    {
        var seeds = new TheoryData<int>();
        for (var i = 0; i < 40; i++) seeds.Add(i);
        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Encode_EntriesOfHistograms_AreDecodedBackByBothDecoders(int seed)
    {
        var random = new Random(seed);
        var buckets = random.Next(100);
        var kind = random.Next(6);
        for (var entries = random.Next(1, 400); entries > 0; entries--)
        {
            Entry(random, random.Next(20) == 0 ? random.Next(100) : buckets, () => Number(random, kind));
        }
        RoundTrip($"seed {seed}");
    }

    [Fact]
    public void Encode_CountsOfUpToFourDigits_TakeLessThanTwoThirds()
    {
        var random = new Random(1);
        for (var i = 0; i < 500; i++) Entry(random, 40, () => 1000 + random.Next(7000));
        Assert.InRange(RoundTrip("seed 1"), 0, _input.Count * 65 / 100);
    }

    [Fact]
    public void Encode_EmptyBucketsAndBounds_TakeNearlyNothing()
    {
        var random = new Random(2);
        var bounds = new double[30];
        for (var i = 0; i < bounds.Length; i++) bounds[i] = 0.001 * Math.Pow(2, i / 7.0);
        for (var i = 0; i < 200; i++)
        {
            Entry(random, 80, () => 0);
            Run(bounds);
        }
        Assert.InRange(RoundTrip("seed 2"), 0, _input.Count / 10);
    }

    [Fact]
    public void Encode_RatesOfManyDigits_TakeHardlyMoreThanTheyAre()
    {
        var random = new Random(3);
        for (var i = 0; i < 200; i++) Entry(random, 80, random.NextDouble);
        Assert.InRange(RoundTrip("seed 3"), 0, _input.Count + (_input.Count / 50));
    }

    private static double Number(Random random, int kind) => kind switch
    {
        0 => random.Next(3),
        1 => random.Next(1000),
        2 => random.Next(),
        3 => random.NextDouble() * 1000,
        4 => random.Next(3) == 0 ? 0 : random.Next(300) / 4.0,
        _ => random.Next(10) == 0 ? random.NextDouble() : 5000 + random.Next(16),
    };

    private void Entry(Random random, int buckets, Func<double> number)
    {
        _input.AddRange([(byte)random.Next(256), (byte)random.Next(2), 4, 0, 0, 6]);
        Run(Math.ScaleB(1, -128), 0, random.Next(100_000), random.NextDouble() * 1e6);
        _input.AddRange([4, 39, 20, 4, 20, 0, (byte)buckets]);
        var counts = new double[buckets];
        for (var i = 0; i < buckets; i++) counts[i] = number();
        Run(counts);
    }

    private void Run(params ReadOnlySpan<double> numbers)
    {
        _runs.Add(new WordRun(_input.Count, numbers.Length));
        Span<byte> word = stackalloc byte[sizeof(double)];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteDoubleBigEndian(word, number);
            _input.AddRange(word);
        }
    }

    private int RoundTrip(string what)
    {
        var input = _input.ToArray();
        // Nothing may be written behind the promised length, and a little more is there to see it.
        var output = new byte[Snappy.MaxEncodedLength(input.Length) + 100];
        Array.Fill(output, (byte)0xa5);
        var promised = output.AsSpan(0, output.Length - 100);
        var length = Snappy.EncodeWords(input, CollectionsMarshal.AsSpan(_runs), promised);
        Assert.False(output.AsSpan(promised.Length).ContainsAnyExcept((byte)0xa5), what);
        var block = output[..length];
        var decoded = new byte[input.Length];
        Assert.Equal(SnappyStatus.Ok, Snappy.Decode(block, decoded));
        Assert.True(input.AsSpan().SequenceEqual(decoded), what);
        Assert.True(input.AsSpan().SequenceEqual(IronSnappy.Snappy.Decode(block)), what);
        return length;
    }
}
