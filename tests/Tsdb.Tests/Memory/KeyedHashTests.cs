using Tsdb.Memory;

namespace Tsdb.Tests.Memory;

public class KeyedHashTests
{
    private delegate KeyHash Function(ReadOnlySpan<byte> data);

    public static TheoryData<bool> Ways => AesHash.IsSupported ? new TheoryData<bool>(false, true) : new TheoryData<bool>(false);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Compute_SameBytesElsewhere_IsTheSame(bool aes)
    {
        var hash = Create(aes);
        var bytes = Bytes(600, seed: 1);
        for (var length = 0; length <= 500; length++)
        {
            var shifted = new byte[length + 7];
            bytes.AsSpan(0, length).CopyTo(shifted.AsSpan(5));
            Assert.Equal(hash(bytes.AsSpan(0, length)), hash(shifted.AsSpan(5, length)));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Compute_OneBitChanged_ChangesHalfOfTheHash(bool aes)
    {
        var hash = Create(aes);
        foreach (var length in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 256, 333])
        {
            var bytes = Bytes(length, seed: length);
            var before = hash(bytes);
            var changed = 0;
            for (var bit = 0; bit < length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                var after = hash(bytes);
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                var differing = ulong.PopCount(before.Low ^ after.Low) + ulong.PopCount(before.High ^ after.High);
                Assert.True(differing is > 20 and < 108, $"length {length}, bit {bit}: {differing} bits differ");
                changed += (int)differing;
            }
            Assert.InRange((double)changed / (length * 8), 56, 72);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Compute_Zeros_DependsOnTheLength(bool aes)
    {
        var hash = Create(aes);
        var seen = new HashSet<KeyHash>();
        for (var length = 0; length <= 1000; length++) Assert.True(seen.Add(hash(new byte[length])), $"length {length}");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Compute_LanesExchanged_IsAnother(bool aes)
    {
        var hash = Create(aes);
        var bytes = Bytes(384, seed: 4);
        var before = hash(bytes);
        for (var left = 0; left < bytes.Length; left += 16)
        {
            for (var right = left + 16; right < bytes.Length; right += 16)
            {
                var exchanged = (byte[])bytes.Clone();
                bytes.AsSpan(left, 16).CopyTo(exchanged.AsSpan(right));
                bytes.AsSpan(right, 16).CopyTo(exchanged.AsSpan(left));
                Assert.NotEqual(before, hash(exchanged));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Create_Twice_HasAnotherKey(bool aes) => Assert.NotEqual(Create(aes)([1, 2, 3]), Create(aes)([1, 2, 3]));

    [Theory]
    [MemberData(nameof(Ways))]
    public void Compute_ManySimilarLabelRuns_SpreadsLowAndHighBits(bool aes)
    {
        var hash = Create(aes);
        const int Count = 1 << 16;
        var (low, high) = (new HashSet<ulong>(), new HashSet<ulong>());
        for (var i = 0; i < Count; i++)
        {
            var text = $"__name__ http_requests_total instance 10.0.{i / 250}.{i % 250}:9100";
            var key = hash(System.Text.Encoding.UTF8.GetBytes(text));
            low.Add(key.Low & (Count - 1));
            high.Add(key.High & (Count - 1));
        }
        // 1 - 1/e of the buckets are hit by chance.
        Assert.InRange(low.Count, Count * 0.62, Count * 0.645);
        Assert.InRange(high.Count, Count * 0.62, Count * 0.645);
    }

    private static Function Create(bool aes) => aes ? new AesHash().Compute : new FoldHash().Compute;

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
