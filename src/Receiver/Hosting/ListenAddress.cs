using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Receiver.Hosting;

/// <summary>Turns a host:port flag into what can be listened on.</summary>
internal static class ListenAddress
{
    /// <summary>The address; a name is looked up, an empty host means every address of both families.</summary>
    /// <exception cref="StartException">The name is unknown.</exception>
    public static async Task<IPEndPoint> ResolveAsync(string flag, string address)
    {
        var colon = address.LastIndexOf(':');
        var host = address[..colon].Trim('[', ']');
        var port = ushort.Parse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        if (host.Length == 0) return new(IPAddress.IPv6Any, port);
        if (IPAddress.TryParse(host, out var ip)) return new(ip, port);
        try
        {
            var found = await Dns.GetHostAddressesAsync(host);
            // As Go does: an IPv4 address when there is one.
            return new(Array.Find(found, static a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0], port);
        }
        catch (SocketException e)
        {
            throw new StartException($"--{flag}: listen tcp: lookup {host}: no such host", e);
        }
    }
}
