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
    public void WriteUnsigned_AnySizeAtAnyBit_WritesWhatVarbitDoes()
    {
        var random = new Random(26);
        Span<byte> expected = new byte[4096];
        Span<byte> actual = new byte[4096];
        for (var round = 0; round < 300; round++)
        {
            var plain = new BitWriter(expected, 0);
            var packed = new PackedBitWriter(actual, 0, 1000);
            for (var i = 0; i < 100; i++)
            {
                var value = (ulong)Limit(random, i);
                Varbit.WriteUint(ref plain, value);
                HistogramNumbers.WriteUnsigned(ref packed, value);
            }
            Assert.Equal(plain.BitLength, packed.BitLength);
            var length = (int)(plain.BitLength / 8);
            Assert.True(expected[..length].SequenceEqual(actual[..length]), $"round {round} of seed 26");
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
    public void WriteFloats_AnyCount_WritesWhatXorValueDoes()
    {
        var random = new Random(24);
        Span<byte> expected = new byte[8192];
        Span<byte> actual = new byte[8192];
        for (var count = 0; count < 70; count++)
        {
            var (values, last, windows) = (new ulong[count], new ulong[count], new ushort[count]);
            var (lastPlain, leading, trailing) = (new ulong[count], new byte[count], new byte[count]);
            Array.Fill(windows, HistogramNumbers.NoWindow);
            Array.Fill(leading, XorValue.NoWindow);
            var plain = new BitWriter(expected, 0);
            var packed = new PackedBitWriter(actual, 0, 8000);
            for (var round = 0; round < 8; round++)
            {
                for (var i = 0; i < count; i++)
                {
                    // Few digits, which stay together, and any difference.
                    values[i] = round % 3 < 2 ? BitConverter.DoubleToUInt64Bits(random.Next(1 + (round * 500)))
                        : last[i] ^ ((ulong)random.NextInt64() >> random.Next(64) << random.Next(64));
                    XorValue.Write(ref plain, 0, 0, values[i] ^ lastPlain[i], ref leading[i], ref trailing[i]);
                    lastPlain[i] = values[i];
                }
                HistogramNumbers.WriteFloats(ref packed, values, last, windows);
                Assert.Equal(lastPlain, last);
            }
            Assert.Equal(plain.BitLength, packed.BitLength);
            var length = (int)(plain.BitLength / 8);
            Assert.True(expected[..length].SequenceEqual(actual[..length]), $"{count} numbers of seed 24");
        }
    }

    [Fact]
    public void WriteIntegers_AnyCount_WritesWhatVarbitDoes()
    {
        var random = new Random(23);
        Span<byte> expected = new byte[8192];
        Span<byte> actual = new byte[8192];
        for (var count = 0; count < 70; count++)
        {
            var (values, last, delta) = (new ulong[count], new ulong[count], new ulong[count]);
            var (lastPlain, deltaPlain) = (new ulong[count], new ulong[count]);
            var plain = new BitWriter(expected, 0);
            var packed = new PackedBitWriter(actual, 0, 8000);
            for (var round = 0; round < 10; round++)
            {
                for (var i = 0; i < count; i++)
                {
                    // Rounds of small numbers only, which stay together, and rounds with any.
                    var step = round % 3 == 0 ? Limit(random, i) : random.Next(round % 3 == 1 ? 3 : 70_000) - 1;
                    values[i] = last[i] + delta[i] + (ulong)step;
                    Varbit.WriteInt(ref plain, (long)(values[i] - lastPlain[i] - deltaPlain[i]));
                    (deltaPlain[i], lastPlain[i]) = (values[i] - lastPlain[i], values[i]);
                }
                HistogramNumbers.WriteIntegers(ref packed, values, last, delta);
                Assert.Equal(lastPlain, last);
                Assert.Equal(deltaPlain, delta);
            }
            Assert.Equal(plain.BitLength, packed.BitLength);
            var length = (int)(plain.BitLength / 8);
            Assert.True(expected[..length].SequenceEqual(actual[..length]), $"{count} numbers of seed 23");
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

    [Fact]
    public void WriteSignedVarints_ManySmallOnesAndSomeLarge_WritesWhatOneByOneDoes()
    {
        var random = new Random(25);
        for (var count = 0; count < 100; count++)
        {
            var numbers = new ulong[count];
            for (var i = 0; i < count; i++)
            {
                var bits = random.Next(400) == 0 ? 62 : random.Next(1 + (count % 29));
                numbers[i] = (ulong)random.NextInt64(-(1L << bits), (1L << bits) + 1);
            }
            var expected = new byte[(count * Varint.LengthMax) + 1];
            var actual = new byte[expected.Length];
            var length = 0;
            foreach (var number in numbers) length += Varint.WriteSigned(expected.AsSpan(length), (long)number);
            // Room for the longest forms and not a byte more.
            Assert.Equal(length, Varint.WriteSigned(actual.AsSpan(0, count * Varint.LengthMax), numbers));
            Assert.True(expected.AsSpan(0, length).SequenceEqual(actual.AsSpan(0, length)), $"{count} numbers of seed 25");
            Assert.Equal(0, actual[^1]);
        }
    }

    /// <summary>Numbers at and beside the limits of every size, and the lowest and highest of all.</summary>
    private static long Limit(Random random, int at) => (at % 5) switch
    {
        0 => 0,
        1 => random.Next(2) == 0 ? long.MinValue : long.MaxValue,
        _ => ((random.Next(2) == 0 ? 1L : -1L) << random.Next(63)) + random.Next(-1, 2),
    };
}
