using System.Buffers.Binary;
using System.Numerics;

namespace Tsdb.Memory;

/// <summary>CRC-32 Castagnoli as every Prometheus file stores it: reflected, initial and final XOR of all ones, never
/// masked.</summary>
/// <remarks>Check value: "123456789" gives 0xE3069283. Source: docs/formats/README.md. The runtime's System.IO.Hashing cannot be
/// restored and has no Castagnoli; <see cref="BitOperations.Crc32C(uint, ulong)"/> uses the hardware instruction.</remarks>
public static class Crc32C
{
    /// <summary>Checksum of one run of bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues the checksum <paramref name="crc"/> of the bytes before with <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var b in data) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
