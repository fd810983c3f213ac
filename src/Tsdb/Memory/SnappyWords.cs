using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>Encodes the elements of a snappy block whose numbers of eight bytes are known: one look-up a number instead of one
/// a byte, which is several times as fast for records of doubles.</summary>
/// <remarks>A number that came before is a copy of it. Else the zeros at its end, which doubles of few digits have, are a copy of
/// those of the number in front of it. Everything between the runs is taken as it is.</remarks>
internal static unsafe class SnappyWords
{
    private const int TableBitsMax = 12; // 16 KiB: half of a processor's fastest cache.
    private const int TableBitsMin = 6;
    private const ulong HashMultiplier = 0x9e3779b97f4a7c15; // 2^64 / golden ratio spreads to the upper bits.

    /// <summary>Zeros that are worth an element: its two bytes, and the one of the literal that it interrupts.</summary>
    private const int ZerosMin = 4;

    /// <summary>Numbers that are looked up before the first of them is encoded.</summary>
    private const int PartWords = 64;

    private const int OffsetMax = ushort.MaxValue; // The longer copy element holds no more.
    private const int CopyLengthMax = 64;

    [ThreadStatic]
    private static uint[]? _table;

    /// <summary>Encodes all of <paramref name="input"/>; the output is known to be long enough.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="runs">Where numbers are: inside the input, in order, none over another.</param>
    /// <param name="output">Where to.</param>
    public static int Encode(ReadOnlySpan<byte> input, ReadOnlySpan<WordRun> runs, Span<byte> output)
    {
        var bits = Math.Clamp(32 - BitOperations.LeadingZeroCount((uint)input.Length >> 4), TableBitsMin, TableBitsMax);
        var places = (_table ??= new uint[1 << TableBitsMax]).AsSpan(0, 1 << bits);
        places.Clear();
        fixed (byte* start = &MemoryMarshal.GetReference(input))
        fixed (byte* to = &MemoryMarshal.GetReference(output))
        fixed (uint* table = places)
        {
            var state = new State { Start = start, End = start + input.Length, Literal = start, To = to };
            long free = 0;
            foreach (var run in runs)
            {
                if (run.At < free || run.Words < 0 || run.At + (8L * run.Words) > input.Length)
                    throw new ArgumentException("BUG: runs are not inside the input, or not in order", nameof(runs));
                free = run.At + (8L * run.Words);
                EncodeRun(ref state, start + run.At, start + free, table, 64 - bits);
            }
            state.EmitLiteral(state.End);
            return (int)(state.To - to);
        }
    }

    /// <summary>Encodes a run in parts: first all look-ups, which do not wait for one another, then the elements.</summary>
    private static void EncodeRun(ref State state, byte* at, byte* end, uint* table, int shift)
    {
        var offsets = stackalloc uint[PartWords];
        var zerosBefore = 0;
        while (at < end)
        {
            var words = (int)Math.Min(PartWords, (end - at) / sizeof(ulong));
            LookUp(state.Start, at, words, table, shift, offsets);
            EncodePart(ref state, at, words, offsets, ref zerosBefore);
            at += words * sizeof(ulong);
        }
    }

    /// <summary>Finds how far back each number came before; 0 when it did not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LookUp(byte* start, byte* at, int words, uint* table, int shift, uint* offsets)
    {
        for (var i = 0; i < words; i++, at += sizeof(ulong))
        {
            var word = Load(at);
            ref var place = ref table[(word * HashMultiplier) >> shift];
            var difference = (long)(Load(start + place) ^ word);
            var offset = at - start - place;
            place = (uint)(at - start);
            // The sign says that it is another number, or none, or too far away; a branch would be wrong every other time.
            var isOther = (difference | -difference | (OffsetMax - offset) | (offset - 1)) >> 63;
            offsets[i] = (uint)(offset & ~isOther);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EncodePart(ref State state, byte* at, int words, uint* offsets, ref int zerosBefore)
    {
        var literal = state.Literal;
        var to = state.To;
        var before = zerosBefore;
        for (var i = 0; i < words; i++, at += sizeof(ulong))
        {
            var word = Load(at);
            var zeros = LeadingZeroBytes(word);
            var shared = before + ((zeros - before) & ((zeros - before) >> 31)); // The smaller one, without a branch.
            before = zeros;
            var offset = offsets[i];
            if (shared < ZerosMin && offset == 0) continue; // In this order: the first is nearly always false.
            if (literal != at || offset == sizeof(ulong))
            {
                var repeated = offset == 0 ? 0 : 1;
                while (offset == sizeof(ulong) && i + repeated < words && repeated < CopyLengthMax / sizeof(ulong)
                    && offsets[i + repeated] == sizeof(ulong)) repeated++;
                state.Literal = literal;
                state.To = to;
                state.EmitLiteral(offset == 0 ? at + sizeof(ulong) - shared : at);
                state.EmitCopy(offset == 0 ? sizeof(ulong) : offset, offset == 0 ? shared : repeated * sizeof(ulong));
                to = state.To;
                if (repeated > 1) at += (repeated - 1) * sizeof(ulong);
                i += Math.Max(repeated, 1) - 1;
                literal = at + sizeof(ulong);
                continue;
            }
            to = EmitOne(to, word, offset, shared);
            literal = at + sizeof(ulong);
        }
        state.Literal = literal;
        state.To = to;
        zerosBefore = before;
    }

    /// <summary>Encodes one number, nothing before it waiting: a copy of it, or its digits and a copy of zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* EmitOne(byte* to, ulong word, uint offset, int shared)
    {
        var isNew = ((long)offset - 1) >> 63; // All ones when the number did not come before.
        var digits = sizeof(ulong) - shared;
        Unsafe.WriteUnaligned(to, (word << 8) | (byte)((digits - 1) << 2));
        // No digits, no literal: then the byte in front is the copy's.
        to += (digits + ((-digits >> 31) & 1)) & isNew;
        var length = sizeof(ulong) - (digits & isNew);
        var back = offset | (sizeof(ulong) & isNew);
        var isFar = ((1L << 11) - 1 - back) >> 63;
        var near = ((back >> 8) << 5) | ((length - 4) << 2) | 1 | ((back & 0xff) << 8);
        var far = ((length - 1) << 2) | 2 | (back << 8);
        Unsafe.WriteUnaligned(to, (uint)(near ^ ((near ^ far) & isFar)));
        return to + 2 - isFar;
    }

    /// <summary>Zero bytes at the end of a number in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LeadingZeroBytes(ulong word) =>
        BitOperations.LeadingZeroCount(word) >> 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(byte* at) => Unsafe.ReadUnaligned<ulong>(at);

    /// <summary>How far input and output are.</summary>
    private struct State
    {
        private const int LiteralLengthMax = 1 << 16;
        private const int ShortLiteral = 16;

        public byte* Start;
        public byte* End;
        public byte* Literal; // First byte that is in no element yet.
        public byte* To;

        /// <summary>Encodes what waits in front of <paramref name="end"/> as it is.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void EmitLiteral(byte* end)
        {
            var length = end - Literal;
            if (length > ShortLiteral || End - Literal < ShortLiteral)
            {
                EmitLongLiteral(length);
                return;
            }
            if (length == 0) return;
            // What is copied too much is overwritten, and the output has 32 bytes more than any encoding takes.
            To[0] = (byte)((length - 1) << 2);
            Unsafe.CopyBlockUnaligned(To + 1, Literal, ShortLiteral);
            To += 1 + length;
        }

        /// <summary>Encodes a copy of 4 to 64 bytes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void EmitCopy(uint offset, int length)
        {
            if (length < 12 && offset < 1 << 11)
            {
                To[0] = (byte)(((offset >> 8) << 5) | (uint)((length - 4) << 2) | 1);
                To[1] = (byte)offset;
                To += 2;
                return;
            }
            To[0] = (byte)(((length - 1) << 2) | 2);
            Unsafe.WriteUnaligned(To + 1, (ushort)offset);
            To += 3;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void EmitLongLiteral(long length)
        {
            for (; length > 0; length -= LiteralLengthMax)
            {
                var part = (int)Math.Min(length, LiteralLengthMax);
                To = SnappyEncoder.EmitLiteral(To, Literal, part);
                Literal += part;
            }
        }
    }
}
