using System.Buffers.Binary;
using System.Numerics;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head.Exemplars;

/// <summary>Upstream's hash of a label set, by which it orders exemplars of one time and value: XXH64, seed 0, over every
/// name and value with a byte of 0xff behind each.</summary>
/// <remarks>Written for exactness, not for speed: it is asked only when two exemplars are alike but for their labels.</remarks>
internal static class LabelsHash
{
    private const byte Separator = 0xff; // Occurs in no UTF-8 text.
    private const int StripeBytes = 32;
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    /// <summary>The hash of labels in their stored order.</summary>
    public static ulong Compute(LabelSet labels)
    {
        using var bytes = new ByteBuffer(256); // An exemplar's labels are short.
        foreach (var label in labels)
        {
            bytes.Write(label.Name);
            bytes.WriteByte(Separator);
            bytes.Write(label.Value);
            bytes.WriteByte(Separator);
        }
        return Compute(bytes.Written);
    }

    /// <summary>The hash of bytes.</summary>
    internal static ulong Compute(ReadOnlySpan<byte> data)
    {
        var rest = data;
        var hash = Prime5;
        if (data.Length >= StripeBytes) hash = Stripes(ref rest);
        hash += (ulong)data.Length;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
        }
        if (rest.Length >= sizeof(uint))
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            rest = rest[sizeof(uint)..];
        }
        foreach (var one in rest) hash = BitOperations.RotateLeft(hash ^ (one * Prime5), 11) * Prime1;
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    /// <summary>Folds whole stripes of four words into one.</summary>
    private static ulong Stripes(ref ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<int> turns = [1, 7, 12, 18];
        Span<ulong> lanes = [unchecked(Prime1 + Prime2), Prime2, 0, unchecked(0 - Prime1)];
        for (; rest.Length >= StripeBytes; rest = rest[StripeBytes..])
        {
            for (var i = 0; i < lanes.Length; i++)
                lanes[i] = Round(lanes[i], BinaryPrimitives.ReadUInt64LittleEndian(rest[(i * sizeof(ulong))..]));
        }
        var hash = 0UL;
        for (var i = 0; i < lanes.Length; i++) hash += BitOperations.RotateLeft(lanes[i], turns[i]);
        foreach (var lane in lanes) hash = ((hash ^ Round(0, lane)) * Prime1) + Prime4;
        return hash;
    }

    private static ulong Round(ulong lane, ulong word) => BitOperations.RotateLeft(lane + (word * Prime2), 31) * Prime1;
}
