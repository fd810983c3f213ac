using System.Buffers.Text;
using System.Text;

namespace Hashring;

/// <summary>The circle of a ketama ring: every endpoint owns many sections, each ending at a hash.</summary>
/// <remarks>
/// Hashes ascend; owners are indexes into the endpoint list. Only the address decides where an endpoint's sections lie.
/// </remarks>
internal readonly struct KetamaSections(ulong[] hashes, int[] owners)
{
    /// <summary>Sections of one endpoint, upstream's constant: 1000 keep shares within a few percent of even.</summary>
    public const int PerEndpoint = 1000;

    /// <summary>End of each section, ascending.</summary>
    public ulong[] Hashes { get; } = hashes;

    /// <summary>Endpoint of each section.</summary>
    public int[] Owners { get; } = owners;

    /// <summary>Number of sections.</summary>
    public int Count => Hashes.Length;

    /// <summary>Hashes "address:1" to "address:n" of every endpoint.</summary>
    public static KetamaSections Create(IReadOnlyList<Endpoint> endpoints, int perEndpoint = PerEndpoint)
    {
        var hashes = new ulong[endpoints.Count * perEndpoint];
        var owners = new int[hashes.Length];
        var at = 0;
        for (var owner = 0; owner < endpoints.Count; owner++)
        {
            var address = Encoding.UTF8.GetBytes(endpoints[owner].Address);
            var text = new byte[address.Length + 12]; // A colon and at most ten digits follow.
            address.CopyTo(text, 0);
            text[address.Length] = (byte)':';
            for (var i = 1; i <= perEndpoint; i++, at++)
            {
                Utf8Formatter.TryFormat(i, text.AsSpan(address.Length + 1), out var digits);
                hashes[at] = XxHash64.Compute(text.AsSpan(0, address.Length + 1 + digits));
                owners[at] = owner;
            }
        }
        Array.Sort(hashes, owners);
        return new KetamaSections(hashes, owners);
    }

    /// <summary>The section a hash falls into: the first that ends at it or later, else the first of all.</summary>
    public int Find(ulong hash)
    {
        var at = Array.BinarySearch(Hashes, hash);
        if (at < 0) at = ~at;
        return at == Hashes.Length ? 0 : at;
    }
}
