using System.Text;
using Tsdb.Memory;

namespace Tsdb.Tests.Memory;

public sealed class Crc32CTests
{
    [Fact]
    public void Compute_CheckValue_IsThatOfCastagnoli() =>
        Assert.Equal(0xE3069283, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void Compute_AnyLength_IsWhatOneBitAfterTheOtherGives()
    {
        var random = new Random(7);
        var data = new byte[9000];
        random.NextBytes(data);
        // Around the lengths from which parts are taken side by side, and some others.
        foreach (var length in (int[])[0, 1, 7, 8, 383, 384, 385, 391, 767, 768, 1200, 3071, 3072, 3073, 3456, 6144, 8999])
        {
            var from = random.Next(data.Length - length);
            var part = data.AsSpan(from, length);
            Assert.True(BitByBit(part) == Crc32C.Compute(part), $"{length} bytes from {from}");
        }
    }

    [Fact]
    public void Append_InPieces_IsTheSumOfTheWhole()
    {
        var random = new Random(8);
        var data = new byte[20_000];
        random.NextBytes(data);
        uint crc = 0;
        for (var at = 0; at < data.Length;)
        {
            var length = Math.Min(random.Next(5000), data.Length - at);
            crc = Crc32C.Append(crc, data.AsSpan(at, length));
            at += length;
        }
        Assert.Equal(BitByBit(data), crc);
    }

    private static uint BitByBit(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78);
        }
        return ~crc;
    }
}
