using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Hashring.Sharding;

/// <summary>The seed from which a tenant's endpoints of one zone are drawn.</summary>
internal static class ShardSeed
{
    /// <summary>First eight bytes, big-endian, of the MD5 of the tenant; a named zone adds a zero byte and its name.</summary>
    [SuppressMessage("Security", "CA5351", Justification = "Placement has to agree with upstream's; nothing is protected by it.")]
    public static long Compute(string tenant, string zone)
    {
        var text = zone.Length == 0 ? tenant : $"{tenant}\0{zone}";
        return BinaryPrimitives.ReadInt64BigEndian(MD5.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
