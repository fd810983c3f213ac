namespace Hashring;

/// <summary>A peer that stores series. Two endpoints are the same only if all three parts are.</summary>
/// <param name="Address">gRPC host:port; the text that decides the endpoint's place on a ring.</param>
/// <param name="CapnprotoAddress">Cap'n Proto host:port.</param>
/// <param name="Az">Availability zone; empty = none named, which is a zone like any other.</param>
public readonly record struct Endpoint(string Address, string CapnprotoAddress, string Az) : IComparable<Endpoint>
{
    /// <summary>Port assumed for Cap'n Proto when the configuration does not name an address.</summary>
    public const int DefaultCapnprotoPort = 19391;

    /// <summary>An endpoint of which only the gRPC address is known.</summary>
    public static Endpoint FromAddress(string address) => new(address, DefaultCapnproto(address), "");

    /// <summary>
    /// What precedes the first colon of the gRPC address, with the default port (so IPv6 needs an explicit address).
    /// </summary>
    public static string DefaultCapnproto(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        return $"{(colon < 0 ? address : address[..colon])}:{DefaultCapnprotoPort}";
    }

    /// <summary>By address, then Cap'n Proto address, then zone, each by the bytes of its UTF-8 text.</summary>
    public int CompareTo(Endpoint other)
    {
        var order = CompareText(Address, other.Address);
        if (order == 0) order = CompareText(CapnprotoAddress, other.CapnprotoAddress);
        return order != 0 ? order : CompareText(Az, other.Az);
    }

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(Endpoint left, Endpoint right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(Endpoint left, Endpoint right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(Endpoint left, Endpoint right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(Endpoint left, Endpoint right) => left.CompareTo(right) >= 0;

    // UTF-16 order differs from byte order only between surrogates and U+E000 upwards, so bytes are compared.
    private static int CompareText(string left, string right) =>
        System.Text.Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right));
}
