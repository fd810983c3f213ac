using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>Encodes the elements of a snappy block: input in blocks of 64 KiB, matches of four bytes or more found by one hash
/// table.</summary>
/// <remarks>The table is kept per thread (32 KiB) and its used part is cleared for each block, so nothing is allocated after
/// the first call.</remarks>
internal static unsafe class SnappyEncoder
{
    // Offsets of matches inside a block fit 16 bits, which the shorter copy element and the table's ushort entries need.
    private const int BlockBytes = 1 << 16;

    // The search reads eight bytes ahead and looks three positions further; a shorter tail is a literal.
    private const int TailBytes = 15;
    private const int BlockLengthMin = TailBytes + 2;

    private const int TableBitsMax = 14;
    private const int TableBitsMin = 8;

    // A prime near 2^32 / golden ratio spreads the four bytes over the upper bits.
    private const uint HashMultiplier = 0x1e35a7bd;

    // After 32 misses in a row look at every second position only, after 64 at every third: incompressible input stays cheap.
    private const int SkipShift = 5;

    private const int CopyLengthMax = 64;

    [ThreadStatic]
    private static ushort[]? _table;

    /// <summary>Encodes all of <paramref name="input"/>; the output is known to be long enough.</summary>
    public static int Encode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = &MemoryMarshal.GetReference(input))
        fixed (byte* start = &MemoryMarshal.GetReference(output))
        fixed (ushort* table = _table ??= new ushort[1 << TableBitsMax])
        {
            var to = start;
            for (var at = 0; at < input.Length; at += BlockBytes)
                to = EncodeBlock(from + at, Math.Min(BlockBytes, input.Length - at), to, table);
            return (int)(to - start);
        }
    }

    private static byte* EncodeBlock(byte* block, int length, byte* to, ushort* table)
    {
        if (length < BlockLengthMin) return EmitLiteral(to, block, length);
        var bits = Math.Clamp(32 - BitOperations.LeadingZeroCount((uint)length - 1), TableBitsMin, TableBitsMax);
        new Span<ushort>(table, 1 << bits).Clear();
        var shift = 32 - bits;
        var last = block + length - TailBytes;
        var end = block + length;
        var literal = block;
        var at = block + 1;
        while (TryFindMatch(block, last, table, shift, ref at, out var match))
        {
            to = EmitLiteral(to, literal, (int)(at - literal));
            do
            {
                var matched = 4 + MatchLength(match + 4, at + 4, end);
                to = EmitCopy(to, (uint)(at - match), matched);
                at += matched;
                literal = at;
                if (at >= last) return EmitRest(to, literal, end);
                table[Hash(Load32(at - 1), shift)] = (ushort)(at - 1 - block);
                ref var slot = ref table[Hash(Load32(at), shift)];
                match = block + slot;
                slot = (ushort)(at - block);
            }
            while (Load32(at) == Load32(match));
            at++;
        }
        return EmitRest(to, literal, end);
    }

    /// <summary>Moves <paramref name="at"/> to the next position whose four bytes occurred before in the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFindMatch(byte* block, byte* last, ushort* table, int shift, ref byte* at, out byte* match)
    {
        match = null;
        for (var skip = 1 << SkipShift; at < last; skip++)
        {
            var bytes = Load32(at);
            ref var slot = ref table[Hash(bytes, shift)];
            match = block + slot;
            slot = (ushort)(at - block);
            if (bytes == Load32(match)) return true;
            at += skip >> SkipShift;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int MatchLength(byte* match, byte* at, byte* end)
    {
        var start = at;
        while (end - at >= sizeof(ulong))
        {
            var differing = Unsafe.ReadUnaligned<ulong>(match) ^ Unsafe.ReadUnaligned<ulong>(at);
            if (differing != 0) return (int)(at - start) + (BitOperations.TrailingZeroCount(differing) >> 3);
            at += sizeof(ulong);
            match += sizeof(ulong);
        }
        for (; at < end && *at == *match; at++) match++;
        return (int)(at - start);
    }

    private static byte* EmitRest(byte* to, byte* literal, byte* end) =>
        literal < end ? EmitLiteral(to, literal, (int)(end - literal)) : to;

    /// <summary>Lengths up to 60 sit in the tag; a block is at most 65536 long, so one or two bytes hold any other.</summary>
    public static byte* EmitLiteral(byte* to, byte* literal, int length)
    {
        var code = length - 1;
        if (code < 60)
        {
            *to++ = (byte)(code << 2);
        }
        else if (code < 1 << 8)
        {
            *to++ = 60 << 2;
            *to++ = (byte)code;
        }
        else
        {
            *to++ = 61 << 2;
            Unsafe.WriteUnaligned(to, (ushort)code);
            to += sizeof(ushort);
        }
        Unsafe.CopyBlockUnaligned(to, literal, (uint)length);
        return to + length;
    }

    private static byte* EmitCopy(byte* to, uint offset, int length)
    {
        // Keep at least 4 for the last element, so that it can take the two-byte form.
        for (; length >= CopyLengthMax + 4; length -= CopyLengthMax) to = EmitLongCopy(to, offset, CopyLengthMax);
        if (length > CopyLengthMax)
        {
            to = EmitLongCopy(to, offset, CopyLengthMax - 4);
            length -= CopyLengthMax - 4;
        }
        if (length >= 12 || offset >= 1 << 11) return EmitLongCopy(to, offset, length);
        *to++ = (byte)(((offset >> 8) << 5) | (uint)((length - 4) << 2) | 1);
        *to++ = (byte)offset;
        return to;
    }

    private static byte* EmitLongCopy(byte* to, uint offset, int length)
    {
        *to++ = (byte)(((length - 1) << 2) | 2);
        Unsafe.WriteUnaligned(to, (ushort)offset);
        return to + sizeof(ushort);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(uint bytes, int shift) => (bytes * HashMultiplier) >> shift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Load32(byte* at) => Unsafe.ReadUnaligned<uint>(at);
}
