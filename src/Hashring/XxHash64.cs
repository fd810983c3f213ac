using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Hashring;

/// <summary>
/// XXH64 with seed 0, the hash behind every placement decision. Source: the xxHash specification, "XXH64 algorithm".
/// </summary>
/// <remarks>
/// Allocates nothing. Written here because System.IO.Hashing cannot be restored from every registry (decision 0040).
/// </remarks>
public static class XxHash64
{
    /// <summary>Bytes taken by one step of the four lanes.</summary>
    internal const int StripeBytes = 32;

    internal const ulong Prime1 = 0x9E3779B185EBCA87;
    internal const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    /// <summary>The hash of <paramref name="data"/>.</summary>
    public static ulong Compute(ReadOnlySpan<byte> data)
    {
        if (data.Length < StripeBytes) return Finish(Prime5, (ulong)data.Length, data);
        var lanes = new Lanes();
        var whole = data.Length & ~(StripeBytes - 1);
        lanes.Consume(data[..whole]);
        return Finish(lanes.Merge(), (ulong)data.Length, data[whole..]);
    }

    /// <summary>Folds the total length and the bytes after the last whole stripe into an accumulator.</summary>
    internal static ulong Finish(ulong accumulator, ulong totalBytes, ReadOnlySpan<byte> tail)
    {
        var hash = accumulator + totalBytes;
        for (; tail.Length >= sizeof(ulong); tail = tail[sizeof(ulong)..])
        {
            hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(tail));
            hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
        }
        if (tail.Length >= sizeof(uint))
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(tail) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            tail = tail[sizeof(uint)..];
        }
        foreach (var one in tail)
        {
            hash ^= one * Prime5;
            hash = BitOperations.RotateLeft(hash, 11) * Prime1;
        }
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    /// <summary>The accumulator of an input shorter than one stripe.</summary>
    internal static ulong ShortStart => Prime5;

    private static ulong Round(ulong lane, ulong word) => BitOperations.RotateLeft(lane + (word * Prime2), 31) * Prime1;

    /// <summary>The four accumulators that whole stripes pass through.</summary>
    internal struct Lanes
    {
        private ulong _a = unchecked(Prime1 + Prime2);
        private ulong _b = Prime2;
        private ulong _c;
        private ulong _d = unchecked(0 - Prime1);

        public Lanes()
        {
        }

        /// <summary>Takes whole stripes; the length is a multiple of <see cref="StripeBytes"/>.</summary>
        public void Consume(ReadOnlySpan<byte> stripes)
        {
            var (a, b, c, d) = (_a, _b, _c, _d);
            // Both supported processor families are little-endian, so a cast reads the words the specification asks for.
            for (var words = MemoryMarshal.Cast<byte, ulong>(stripes); words.Length >= 4; words = words[4..])
            {
                a = Round(a, words[0]);
                b = Round(b, words[1]);
                c = Round(c, words[2]);
                d = Round(d, words[3]);
            }
            (_a, _b, _c, _d) = (a, b, c, d);
        }

        /// <summary>Folds the lanes into one accumulator.</summary>
        public readonly ulong Merge()
        {
            var hash = BitOperations.RotateLeft(_a, 1) + BitOperations.RotateLeft(_b, 7)
                + BitOperations.RotateLeft(_c, 12) + BitOperations.RotateLeft(_d, 18);
            hash = Merge(hash, _a);
            hash = Merge(hash, _b);
            hash = Merge(hash, _c);
            return Merge(hash, _d);
        }

        private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;
    }
}
