using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tsdb.Memory;

/// <summary>CRC-32 Castagnoli as every Prometheus file stores it: reflected, initial and final XOR of all ones, never
/// masked.</summary>
/// <remarks>Check value: "123456789" gives 0xE3069283. Source: docs/formats/README.md. The runtime's System.IO.Hashing cannot be
/// restored and has no Castagnoli; <see cref="BitOperations.Crc32C(uint, ulong)"/> uses the hardware instruction. It takes three
/// steps of the clock and one can begin at each, so long data are taken as three parts side by side.</remarks>
public static class Crc32C
{
    private const uint Polynomial = 0x82f63b78; // Reflected.

    // Of each of three parts: long enough that joining them is little, short enough for a chunk of a kilobyte.
    private const int LongPartBytes = 1024;
    private const int PartBytes = 128;

    private static readonly ulong _overLongPart = PowerOfX((8 * LongPartBytes) - 33);
    private static readonly ulong _overLongParts = PowerOfX((16 * LongPartBytes) - 33);
    private static readonly ulong _overPart = PowerOfX((8 * PartBytes) - 33);
    private static readonly ulong _overParts = PowerOfX((16 * PartBytes) - 33);

    /// <summary>Checksum of one run of bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues the checksum <paramref name="crc"/> of the bytes before with <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        if (Pclmulqdq.IsSupported && BitConverter.IsLittleEndian)
        {
            for (; data.Length >= 3 * LongPartBytes; data = data[(3 * LongPartBytes)..])
                crc = AppendParts(crc, data, LongPartBytes, _overLongPart, _overLongParts);
            for (; data.Length >= 3 * PartBytes; data = data[(3 * PartBytes)..])
                crc = AppendParts(crc, data, PartBytes, _overPart, _overParts);
        }
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var b in data) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    /// <summary>Three parts side by side: the sums of the first two are moved over what follows them.</summary>
    private static uint AppendParts(uint crc, ReadOnlySpan<byte> data, int partBytes, ulong overOne, ulong overTwo)
    {
        ref var first = ref MemoryMarshal.GetReference(data[..(3 * partBytes)]);
        ref var second = ref Unsafe.Add(ref first, partBytes);
        ref var third = ref Unsafe.Add(ref second, partBytes);
        uint one = crc, two = 0, three = 0;
        for (var at = 0; at < partBytes; at += sizeof(ulong))
        {
            one = BitOperations.Crc32C(one, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at)));
            two = BitOperations.Crc32C(two, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref second, at)));
            three = BitOperations.Crc32C(three, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref third, at)));
        }
        // A product has 33 bits less than its factors' places add up to; the instruction brings them back.
        var moved = Multiply(one, overTwo) ^ Multiply(two, overOne);
        return BitOperations.Crc32C(0u, moved) ^ three;
    }

    private static ulong Multiply(uint crc, ulong factor) =>
        Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar((ulong)crc), Vector128.CreateScalar(factor), 0).ToScalar();

    /// <summary>x to a power, modulo the polynomial, reflected.</summary>
    private static ulong PowerOfX(int power)
    {
        var value = 0x80000000u; // One.
        for (; power > 0; power--) value = (value >> 1) ^ ((value & 1) * Polynomial);
        return value;
    }
}
