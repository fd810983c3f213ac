namespace ObjStore.Configuration;

/// <summary>The "http_config" of a bucket: how its connections behave.</summary>
public sealed record HttpConfig
{
    /// <summary>How long an unused connection is kept; idle_conn_timeout, default 90 s.</summary>
    public TimeSpan IdleConnectionTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// How long a request may stand still (no byte taken, no answer) before it is given up; response_header_timeout, default 2
    /// min.
    /// </summary>
    public TimeSpan ResponseHeaderTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>tls_handshake_timeout, default 10 s; bounds connecting as a whole here.</summary>
    public TimeSpan TlsHandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>expect_continue_timeout, default 1 s.</summary>
    public TimeSpan ExpectContinueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections at most, 0 = unlimited; max_conns_per_host.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Whether certificates are accepted unseen; insecure_skip_verify here or in tls_config.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>PEM file with the authorities to trust instead of the system's, or empty; tls_config.ca_file.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>PEM file with the client's certificate, or empty; tls_config.cert_file.</summary>
    public string CertFile { get; init; } = "";

    /// <summary>PEM file with the client's key, or empty; tls_config.key_file.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>Name to ask for and to verify instead of the endpoint's, or empty; tls_config.server_name.</summary>
    public string ServerName { get; init; } = "";

    internal static HttpConfig Read(YamlSection section)
    {
        var defaults = new HttpConfig();
        var tls = section.Section("tls_config", "exthttp.TLSConfig");
        // Known to upstream, of no effect here: bodies are never compressed and idle connections are bounded by time.
        section.Whole("max_idle_conns", 100);
        section.Whole("max_idle_conns_per_host", 100);
        section.Flag("disable_compression");
        return new HttpConfig
        {
            IdleConnectionTimeout = section.Duration("idle_conn_timeout", defaults.IdleConnectionTimeout),
            ResponseHeaderTimeout = section.Duration("response_header_timeout", defaults.ResponseHeaderTimeout),
            TlsHandshakeTimeout = section.Duration("tls_handshake_timeout", defaults.TlsHandshakeTimeout),
            ExpectContinueTimeout = section.Duration("expect_continue_timeout", defaults.ExpectContinueTimeout),
            MaxConnections = (int)Math.Min(int.MaxValue, section.Whole("max_conns_per_host", 0)),
            InsecureSkipVerify = section.Flag("insecure_skip_verify") | tls.Flag("insecure_skip_verify"),
            CaFile = tls.Text("ca_file"),
            CertFile = tls.Text("cert_file"),
            KeyFile = tls.Text("key_file"),
            ServerName = tls.Text("server_name"),
        };
    }
}
