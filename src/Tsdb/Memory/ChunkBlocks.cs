using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tsdb.Memory;

/// <summary>A cache line of chunk bytes: 60 of payload and the index of the next block.</summary>
[InlineArray(SizeBytes)]
internal struct ChunkBlock
{
    /// <summary>One cache line, so that an append touches one line of the chunk.</summary>
    public const int SizeBytes = 64;

    /// <summary>The last four bytes link to the next block.</summary>
    public const int PayloadBytes = SizeBytes - sizeof(uint);

    /// <summary>Payload in bits.</summary>
    public const int PayloadBits = PayloadBytes * 8;

    private byte _first;
}

/// <summary>Where the next bit of an open chunk goes.</summary>
internal struct ChunkTail
{
    /// <summary>Block being filled.</summary>
    public uint Block;

    /// <summary>Bits used in it, 0…480.</summary>
    public ushort Bits;

    /// <summary>Blocks of the chunk so far.</summary>
    public ushort Blocks;

    /// <summary>Bytes of the chunk so far, the last one possibly part filled.</summary>
    public readonly int LengthBytes => ((Blocks - 1) * ChunkBlock.PayloadBytes) + ((Bits + 7) / 8);
}

/// <summary>Bytes of open and not yet written chunks: linked cache lines out of one slab.</summary>
/// <remarks>
/// Chunks grow a line at a time instead of moving through size classes: nothing is copied, lines that one series gives back fit
/// every other, and a million series that grow in step do not leave a trail of half-empty classes (docs/decisions). Writers of
/// different chunks may work at once; taking and freeing lines is locked here.
/// </remarks>
internal sealed class ChunkBlocks(uint blocksMax) : IDisposable
{
    private readonly NativeSlab<ChunkBlock> _slab = new(blocksMax);
    private readonly Lock _lock = new(); // Guards the slab's end and free list.

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes => _slab.CommittedBytes;

    /// <summary>Starts a chunk: one zeroed line.</summary>
    public ChunkTail Begin() => new() { Block = Take(), Blocks = 1 };

    /// <summary>Asks the processor to fetch the line being filled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint block) => _slab.Prefetch(block);

    /// <summary>Appends the low <paramref name="count"/> bits (1…64) of <paramref name="bits"/>, most significant
    /// first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ref ChunkTail tail, ulong bits, int count)
    {
        var at = tail.Bits >> 3;
        // Up to byte 51 a whole word and the byte after it stay inside the payload.
        if (at > ChunkBlock.PayloadBytes - 9)
        {
            WriteSlowly(ref tail, bits, count);
            return;
        }
        var shift = tail.Bits & 7;
        bits <<= 64 - count;
        ref var word = ref Unsafe.As<byte, ulong>(ref Unsafe.Add(ref Unsafe.As<ChunkBlock, byte>(ref _slab[tail.Block]), at));
        Unsafe.WriteUnaligned(ref Unsafe.As<ulong, byte>(ref word), word | BinaryPrimitives.ReverseEndianness(bits >> shift));
        if (count + shift > 64) Unsafe.Add(ref Unsafe.As<ulong, byte>(ref word), 8) = (byte)(bits << (64 - shift) >> 56);
        tail.Bits += (ushort)count;
    }

    /// <summary>Appends a byte.</summary>
    public void WriteByte(ref ChunkTail tail, byte value) => Write(ref tail, value, 8);

    /// <summary>Overwrites the first two bytes of a chunk, its sample count.</summary>
    public void SetCount(uint firstBlock, ushort count) =>
        BinaryPrimitives.WriteUInt16BigEndian(((Span<byte>)_slab[firstBlock])[..sizeof(ushort)], count);

    /// <summary>Copies a chunk of known length; the caller's lock keeps its writer away.</summary>
    public void CopyTo(uint firstBlock, Span<byte> to)
    {
        for (var block = firstBlock; ; block = Next(block))
        {
            ReadOnlySpan<byte> payload = ((Span<byte>)_slab[block])[..Math.Min(ChunkBlock.PayloadBytes, to.Length)];
            payload.CopyTo(to);
            to = to[payload.Length..];
            if (to.IsEmpty) return;
        }
    }

    /// <summary>Stores a chunk that is complete.</summary>
    /// <returns>Its first line, and how many there are.</returns>
    public (uint FirstBlock, ushort Blocks) Store(ReadOnlySpan<byte> chunk)
    {
        var tail = Begin();
        var first = tail.Block;
        while (true)
        {
            var part = chunk[..Math.Min(chunk.Length, ChunkBlock.PayloadBytes)];
            part.CopyTo(_slab[tail.Block]);
            chunk = chunk[part.Length..];
            if (chunk.IsEmpty) return (first, tail.Blocks);
            AddBlock(ref tail);
        }
    }

    /// <summary>Frees the lines of a chunk.</summary>
    public void Free(uint firstBlock, int blocks)
    {
        lock (_lock)
        {
            while (blocks-- > 0)
            {
                var next = Next(firstBlock);
                _slab.Free(firstBlock);
                firstBlock = next;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slab.Dispose();

    private uint Next(uint block) =>
        Unsafe.As<byte, uint>(ref Unsafe.Add(ref Unsafe.As<ChunkBlock, byte>(ref _slab[block]), ChunkBlock.PayloadBytes));

    private uint Take()
    {
        lock (_lock) return _slab.Take();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteSlowly(ref ChunkTail tail, ulong bits, int count)
    {
        while (count > 0)
        {
            if (tail.Bits == ChunkBlock.PayloadBits) AddBlock(ref tail);
            var room = 8 - (tail.Bits & 7);
            var take = Math.Min(room, count);
            var piece = (byte)(bits >> (count - take) << (room - take));
            if (take < 8) piece &= (byte)((1 << room) - 1);
            ((Span<byte>)_slab[tail.Block])[tail.Bits >> 3] |= piece;
            tail.Bits += (ushort)take;
            count -= take;
        }
    }

    private void AddBlock(ref ChunkTail tail)
    {
        var next = Take();
        Unsafe.As<byte,
            uint>(ref Unsafe.Add(ref Unsafe.As<ChunkBlock, byte>(ref _slab[tail.Block]), ChunkBlock.PayloadBytes)) = next;
        tail.Block = next;
        tail.Bits = 0;
        tail.Blocks++;
    }
}
