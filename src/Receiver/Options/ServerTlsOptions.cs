using System.Security.Authentication;

namespace Receiver.Options;

/// <summary>TLS of one listener.</summary>
public sealed record ServerTlsOptions
{
    /// <summary>Path of the certificate; with the key it turns TLS on.</summary>
    public string CertFile { get; init; } = "";

    /// <summary>Path of its key.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>Path of the authorities of clients; empty = clients need no certificate.</summary>
    public string ClientCaFile { get; init; } = "";

    /// <summary>TLS versions that may be used.</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls13;

    /// <summary>Go names of cipher suites below TLS 1.3; empty = the system's choice.</summary>
    public IReadOnlyList<string> Ciphers { get; init; } = [];

    /// <summary>Go names of key exchange curves; empty = the system's choice.</summary>
    public IReadOnlyList<string> Curves { get; init; } = [];

    /// <summary>Whether TLS is on.</summary>
    public bool IsEnabled => CertFile.Length > 0;
}
