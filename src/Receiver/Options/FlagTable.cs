namespace Receiver.Options;

/// <summary>Every flag there is. Names, kinds, defaults and visibility are upstream's; help texts are ours.</summary>
/// <remarks>The listeners' and peers' rows are here, the rows of storage and replication in FlagTable.Receive.cs.</remarks>
internal static partial class FlagTable
{
    private static readonly string[] TlsVersions = ["1.0", "1.1", "1.2", "1.3"];

    /// <summary>All rows, in the order of the help text.</summary>
    public static IReadOnlyList<Flag> All { get; } =
    [
        .. Of("Process", Global()), .. Of("HTTP: metrics, probes, status", Http()),
        .. Of("gRPC: StoreAPI and writes of peers", Grpc()),
        .. Of("Remote write", RemoteWrite()), .. Of("Peers", Peers()), .. Of("Storage", Storage()), .. Of("Uploads", Uploads()),
        .. Of("Tenants", Tenants()), .. Of("Hash ring and replication", Replication()),
        .. Of("Limits, relabelling, features", Features()),
        .. Of("Accepted and ignored", Removed()),
    ];

    private static IEnumerable<Flag> Of(string group, IEnumerable<Flag> flags)
    {
        foreach (var flag in flags) yield return flag with { Group = group };
    }

    private static Flag[] Global() =>
    [
        new("help", FlagKind.Switch, null, "Show this text; --help-long shows hidden flags too.") { IsGlobal = true },
        new("help-long", FlagKind.Switch, null, "Show every flag.") { IsGlobal = true, IsHidden = true },
        new("help-man", FlagKind.Switch, null, "Show every flag.") { IsGlobal = true, IsHidden = true },
        new("version", FlagKind.Switch, null, "Show the version.") { IsGlobal = true },
        new("completion-bash", FlagKind.Switch, null, "List words for shell completion.") { IsGlobal = true, IsHidden = true },
        new("completion-script-bash", FlagKind.Switch, null, "Print a completion script for bash.")
        { IsGlobal = true, IsHidden = true },
        new("completion-script-zsh", FlagKind.Switch, null, "Print a completion script for zsh.")
        { IsGlobal = true, IsHidden = true },
        new("log.level", FlagKind.Choice, "info", "Least severe level that is logged.")
        { IsGlobal = true, Allowed = ["error", "warn", "info", "debug"] },
        new("log.format", FlagKind.Choice, "logfmt", "Shape of log lines on stderr.")
        { IsGlobal = true, Allowed = ["logfmt", "json", "journald"] },
        new("debug.name", FlagKind.Text, null, "Name that every log line carries.") { IsGlobal = true, IsHidden = true },
        .. Pair("tracing.config", "Tracing: YAML with type and config.", isGlobal: true),
        new("enable-auto-gomemlimit", FlagKind.Switch, "false", "No effect: see --memory.limit.")
        { IsGlobal = true, IsIgnored = true },
        new("auto-gomemlimit.ratio", FlagKind.Float, "0.9", "No effect, but must be above 0 and at most 1: see --memory.limit.")
        { IsGlobal = true },
        new("memory.limit", FlagKind.Bytes, "0",
            "Most memory the process may use. Nearing it, new series are refused first, then requests "
            + "(429, 503). 0 = 90 % of the control group's limit, or of the machine's memory."),
    ];

    private static Flag[] Http() =>
    [
        new("http-address", FlagKind.Text, "0.0.0.0:10902", "Where /metrics, probes and the status page are served.")
        { Placeholder = "<host:port>" },
        new("http-grace-period", FlagKind.ModelDuration, "2m", "Longest wait for running HTTP requests at shutdown; 0 = none."),
        new("http.config", FlagKind.Text, "", "YAML file with TLS and authentication of this port; empty = plain HTTP.")
        { Placeholder = "<path>" },
    ];

    private static Flag[] Grpc() =>
    [
        new("grpc-address", FlagKind.Text, "0.0.0.0:10901", "Where queriers read and peers write.")
        { Placeholder = "<host:port>" },
        .. ServerTls("grpc-server-tls-"),
        new("grpc-server-max-connection-age", FlagKind.GoDuration, "60m",
            "Age at which a connection is asked to go; 0 or less = never."),
        new("grpc-grace-period", FlagKind.GoDuration, "2m", "Longest wait for running calls at shutdown."),
        new("store.limits.request-series", FlagKind.UInt64, "0", "Most series one Series call may return; 0 = no limit."),
        new("store.limits.request-samples", FlagKind.UInt64, "0",
            "Most samples one Series call may return, 120 a chunk; 0 = no limit."),
    ];

    private static Flag[] RemoteWrite() =>
    [
        new("remote-write.address", FlagKind.Text, "0.0.0.0:19291", "Where senders write.") { Placeholder = "<host:port>" },
        .. ServerTls("remote-write.server-tls-"),
    ];

    private static Flag[] Peers() =>
    [
        new("remote-write.client-tls-secure", FlagKind.Switch, "false", "Use TLS towards peers."),
        new("remote-write.client-tls-skip-verify", FlagKind.Switch, "false", "Do not verify the certificates of peers."),
        new("remote-write.client-tls-cert", FlagKind.Text, "", "Certificate shown to peers; needs the key.")
        { Placeholder = "<path>" },
        new("remote-write.client-tls-key", FlagKind.Text, "", "Its key.") { Placeholder = "<path>" },
        new("remote-write.client-tls-ca", FlagKind.Text, "", "Authorities peers are verified against; empty = the system's.")
        { Placeholder = "<path>" },
        new("remote-write.client-server-name", FlagKind.Text, "",
            "Name expected in the certificates of peers; empty = the host's."),
        new("remote-write.client-tls-min-version", FlagKind.Choice, "1.3", "Lowest TLS version.") { Allowed = TlsVersions },
        new("receive.grpc-compression", FlagKind.Choice, "snappy", "Compression of what is sent to peers.")
        { Allowed = ["snappy", "none"] },
        new("receive.grpc-service-config", FlagKind.Text, "", "JSON service configuration of peer calls (as text, not a file).")
        { Placeholder = "<content>" },
        new("receive.forward.async-workers", FlagKind.UInt64, "5", "Requests that may be under way to one peer at a time."),
        new("receive.replication-protocol", FlagKind.Choice, "protobuf", "How peers are written to.")
        { Allowed = ["protobuf", "capnproto"] },
        new("receive.capnproto-address", FlagKind.Text, "0.0.0.0:19391", "Where peers write with Cap'n Proto.")
        { Placeholder = "<host:port>" },
        new("receive-forward-timeout", FlagKind.ModelDuration, "5s", "Longest time one forwarded write may take.")
        { IsHidden = true },
        new("receive-forward-max-backoff", FlagKind.ModelDuration, "5s", "Longest pause before a failing peer is tried again.")
        { IsHidden = true },
        new("receive.artificial-max-delay", FlagKind.ModelDuration, "0s", "Test aid: delays writes to the second peer.")
        { IsHidden = true, IsIgnored = true },
    ];

    /// <summary>The six flags of a listener's TLS.</summary>
    private static Flag[] ServerTls(string prefix) =>
    [
        new(prefix + "cert", FlagKind.Text, "", "Certificate; with the key it turns TLS on.") { Placeholder = "<path>" },
        new(prefix + "key", FlagKind.Text, "", "Its key.") { Placeholder = "<path>" },
        new(prefix + "client-ca", FlagKind.Text, "", "Authorities of clients; when given, clients must show a certificate.")
        { Placeholder = "<path>" },
        new(prefix + "min-version", FlagKind.Choice, "1.3", "Lowest TLS version.") { Allowed = TlsVersions },
        new(prefix + "ciphers", FlagKind.Text, null, "Cipher suites below TLS 1.3, by their Go names.") { IsRepeatable = true },
        new(prefix + "curves", FlagKind.Text, null, "Key exchange curves.") { IsRepeatable = true },
    ];

    /// <summary>A file flag and its inline twin; $(NAME) in either content is replaced by the environment's value.</summary>
    private static Flag[] Pair(string name, string help, bool isGlobal = false, bool isHidden = false) =>
    [
        new(name + "-file", FlagKind.Text, null, help) { Placeholder = "<path>", IsGlobal = isGlobal, IsHidden = isHidden },
        new(name, FlagKind.Text, null, "The same as text; not together with the file.")
        { Placeholder = "<content>", IsGlobal = isGlobal, IsHidden = isHidden },
    ];
}
