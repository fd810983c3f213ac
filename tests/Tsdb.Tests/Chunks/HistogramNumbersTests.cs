using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Tests.Chunks;

/// <summary>The writer without branches writes what the plain one does.</summary>
public class HistogramNumbersTests
{
    [Fact]
    public void WriteInteger_AnySizeAtAnyBit_WritesWhatVarbitDoes()
    {
        var random = new Random(20);
        Span<byte> expected = new byte[4096];
        Span<byte> actual = new byte[4096];
        for (var round = 0; round < 300; round++)
        {
            random.NextBytes(actual); // What is behind the end may be anything.
            var plain = new BitWriter(expected, 0);
            plain.Write(0b101, 1 + (round % 8));
            expected[..2].CopyTo(actual);
            var packed = new PackedBitWriter(actual, plain.BitLength, 1000);
            for (var i = 0; i < 100; i++)
            {
                var value = Limit(random, i);
                Varbit.WriteInt(ref plain, value);
                HistogramNumbers.WriteInteger(ref packed, value);
            }
            Assert.Equal(plain.BitLength, packed.BitLength);
            var length = (int)(plain.BitLength / 8);
            Assert.True(expected[..length].SequenceEqual(actual[..length]), $"round {round} of seed 20");
        }
    }

    [Fact]
    public void WriteFloat_AnyDifference_WritesWhatXorValueDoes()
    {
        var random = new Random(21);
        Span<byte> expected = new byte[4096];
        Span<byte> actual = new byte[4096];
        for (var round = 0; round < 300; round++)
        {
            var plain = new BitWriter(expected, 0);
            var packed = new PackedBitWriter(actual, 0, 1000);
            var (leading, trailing, window) = (XorValue.NoWindow, (byte)0, HistogramNumbers.NoWindow);
            for (var i = 0; i < 100; i++)
            {
                var difference = i % 9 == 0 ? 0 : (ulong)random.NextInt64() >> random.Next(64) << random.Next(64);
                XorValue.Write(ref plain, 0, 0, difference, ref leading, ref trailing);
                HistogramNumbers.WriteFloat(ref packed, difference, ref window);
            }
            Assert.Equal(plain.BitLength, packed.BitLength);
            var length = (int)(plain.BitLength / 8);
            Assert.True(expected[..length].SequenceEqual(actual[..length]), $"round {round} of seed 21");
        }
    }

    [Fact]
    public void PackedBitWriter_TooLittleRoom_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new PackedBitWriter(new byte[20], 8, 12).Put(1, 1));

    [Fact]
    public void WriteSignedVarints_AnySize_WritesWhatOneByOneDoes()
    {
        var random = new Random(22);
        var numbers = new ulong[1000];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = (ulong)Limit(random, i);
        var expected = new byte[numbers.Length * Varint.LengthMax];
        var actual = new byte[expected.Length];
        var length = 0;
        foreach (var number in numbers) length += Varint.WriteSigned(expected.AsSpan(length), (long)number);
        Assert.Equal(length, Varint.WriteSigned(actual, numbers));
        Assert.Equal(expected[..length], actual[..length]);
    }

    /// <summary>Numbers at and beside the limits of every size, and the lowest and highest of all.</summary>
    private static long Limit(Random random, int at) => (at % 5) switch
    {
        0 => 0,
        1 => random.Next(2) == 0 ? long.MinValue : long.MaxValue,
        _ => ((random.Next(2) == 0 ? 1L : -1L) << random.Next(63)) + random.Next(-1, 2),
    };
}
