using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tsdb.Memory;

/// <summary>Byte strings of up to 64 KiB outside the GC heap, each in one piece; freed room is handed out again.</summary>
/// <remarks>Sizes are rounded up to whole lines and by an eighth at most, so that what one string gives back fits many others.
/// Any thread may store and free; reading a string needs an owner who does not free it meanwhile.</remarks>
internal sealed unsafe class ByteHeap(long reservedBytes) : IDisposable
{
    /// <summary>Longest string.</summary>
    public const int LengthMax = ushort.MaxValue;

    private const int LineBytes = CacheLine.SizeBytes;

    /// <summary>Sizes per doubling, as a power of two.</summary>
    private const int StepsShift = 3;

    private readonly NativeRegion _region = new(reservedBytes);
    private readonly Lock _lock = new(); // Guards everything below.
    private readonly uint[] _free = new uint[128]; // By size, one above the first free line; 0 = none. 73 are ever used.
    private uint _end; // Lines ever handed out.

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes => _region.CommittedBytes;

    /// <summary>Copies a string into the heap.</summary>
    /// <returns>Its first line.</returns>
    /// <exception cref="InsufficientMemoryException">The heap is full.</exception>
    public uint Store(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, LengthMax);
        var lines = LinesOf(bytes.Length, out var size);
        uint line;
        lock (_lock)
        {
            line = _free[size];
            if (line != 0)
            {
                line--;
                _free[size] = Unsafe.ReadUnaligned<uint>(At(line));
            }
            else
            {
                _region.Ensure(((long)_end + lines) * LineBytes);
                line = _end;
                _end += (uint)lines;
            }
        }
        bytes.CopyTo(new Span<byte>(At(line), bytes.Length));
        return line;
    }

    /// <summary>A string by its first line and its length.</summary>
    public ReadOnlySpan<byte> Read(uint line, int length) => new(At(line), length);

    /// <summary>Gives a string back.</summary>
    public void Free(uint line, int length)
    {
        LinesOf(length, out var size);
        lock (_lock)
        {
            Unsafe.WriteUnaligned(At(line), _free[size]);
            _free[size] = line + 1;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();

    /// <summary>Lines that a string takes, and the number of their size.</summary>
    private static int LinesOf(int length, out int size)
    {
        var lines = Math.Max(1, (length + LineBytes - 1) / LineBytes);
        var shift = Math.Max(0, BitOperations.Log2((uint)lines) - StepsShift);
        var steps = (lines + (1 << shift) - 1) >> shift;
        size = (shift << StepsShift) + steps; // Sixteen steps are eight of the next doubling, and the same number.
        return steps << shift;
    }

    private byte* At(uint line) => _region.Base + ((long)line * LineBytes);
}
