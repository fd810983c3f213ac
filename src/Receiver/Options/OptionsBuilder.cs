using System.Security.Authentication;
using Receiver.Options.Values;
using Tsdb.Labels;

namespace Receiver.Options;

/// <summary>Builds the records from checked flags and says everything that is wrong with them together.</summary>
internal sealed class OptionsBuilder(FlagValues flags, Func<string, string?> environment)
{
    private readonly PathOrContent _content = new(flags, environment);

    /// <summary>Problems found, in upstream's order of checking; empty when the options can be used.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Builds all of it. With problems the result must not be used.</summary>
    public ReceiverOptions Build()
    {
        var tracing = _content.Read("tracing.config", Problems);
        var labels = Labels();
        var receive = Receive();
        var options = new ReceiverOptions
        {
            Mode = Mode(receive),
            Labels = labels,
            MemoryLimitBytes = flags.Number("memory.limit"),
            Log = Log(),
            Http = Http(),
            Grpc = Grpc(),
            RemoteWrite = new()
            {
                Address = OptionsCheck.Address(flags, "remote-write.address", Problems),
                Tls = ServerTls("remote-write.server-tls-"),
            },
            Peers = Peers(),
            Storage = Storage(),
            Receive = receive,
            Shipper = Shipper(),
            TracingConfig = tracing,
            RequestLoggingConfig = _content.Read("request.logging-config", Problems),
            Ignored = flags.Ignored,
        };
        OptionsCheck.Numbers(flags, options, Problems);
        return options;
    }

    private static ReceiverMode Mode(ReceiveOptions receive) =>
        receive.HashringsFile.Length + receive.Hashrings.Length == 0 ? ReceiverMode.IngestorOnly
        : receive.LocalEndpoint.Length == 0 ? ReceiverMode.RouterOnly
        : ReceiverMode.RouterIngestor;

    private LabelSet Labels()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in flags.List("label"))
        {
            if (LabelFlag.TryParse(text, out var label) is { } error) Problems.Add($"parse labels: {error}");
            else labels[label.Name] = label.Value; // Given twice, the last one counts.
        }
        if (labels.Count == 0 && flags.List("label").Count == 0)
        {
            Problems.Add("no external labels configured for receive, uniquely identifying external labels must be configured; "
                + "give at least one, for example --label='receive_replica=\"0\"'");
        }
        var pairs = new (string, string)[labels.Count];
        var i = 0;
        foreach (var (name, value) in labels) pairs[i++] = (name, value);
        return LabelSet.FromStrings(pairs);
    }

    private LogOptions Log()
    {
        if (flags.Text("log.format") == "journald")
            Problems.Add("--log.format: journald is not available here; use logfmt or json");
        return new()
        {
            Level = flags.Text("log.level") switch
            {
                "error" => LogLevel.Error,
                "warn" => LogLevel.Warning,
                "debug" => LogLevel.Debug,
                _ => LogLevel.Information,
            },
            IsJson = flags.Text("log.format") == "json",
            Name = flags.Text("debug.name"),
        };
    }

    private HttpOptions Http() => new()
    {
        Address = OptionsCheck.Address(flags, "http-address", Problems),
        GracePeriod = flags.Duration("http-grace-period"),
        ConfigFile = flags.Text("http.config"),
    };

    private GrpcOptions Grpc() => new()
    {
        Address = OptionsCheck.Address(flags, "grpc-address", Problems),
        Tls = ServerTls("grpc-server-tls-"),
        ConnectionAgeMax = flags.Duration("grpc-server-max-connection-age"),
        GracePeriod = flags.Duration("grpc-grace-period"),
        RequestSeriesMax = flags.Number("store.limits.request-series"),
        RequestSamplesMax = flags.Number("store.limits.request-samples"),
        BufferedResponsesMax = Clamp("receive.lazy-retrieval-max-buffered-responses", 0),
        MatcherCacheCount = flags.Number("matcher-cache-size"),
    };

    private ServerTlsOptions ServerTls(string prefix)
    {
        var tls = new ServerTlsOptions
        {
            CertFile = flags.Text(prefix + "cert"),
            KeyFile = flags.Text(prefix + "key"),
            ClientCaFile = flags.Text(prefix + "client-ca"),
            Protocols = Protocols(prefix + "min-version"),
            Ciphers = flags.List(prefix + "ciphers"),
            Curves = flags.List(prefix + "curves"),
        };
        if ((tls.CertFile.Length == 0) != (tls.KeyFile.Length == 0))
            Problems.Add($"both server key and certificate must be provided: --{prefix}cert and --{prefix}key");
        else if (tls.ClientCaFile.Length > 0 && !tls.IsEnabled)
            Problems.Add(
                $"when a client CA is used a server key and certificate must also be provided: --{prefix}cert and --{prefix}key");
        return tls;
    }

    private SslProtocols Protocols(string name)
    {
        // TLS 1.0 and 1.1 are spoken when asked for: upstream does, and old senders exist.
#pragma warning disable SYSLIB0039, CA5397
        return flags.Text(name) switch
        {
            "1.0" => SslProtocols.Tls | SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13,
            "1.1" => SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13,
            "1.2" => SslProtocols.Tls12 | SslProtocols.Tls13,
            _ => SslProtocols.Tls13,
        };
#pragma warning restore SYSLIB0039, CA5397
    }

    private PeerOptions Peers()
    {
        var peers = new PeerOptions
        {
            IsTls = flags.IsOn("remote-write.client-tls-secure"),
            SkipsVerification = flags.IsOn("remote-write.client-tls-skip-verify"),
            CertFile = flags.Text("remote-write.client-tls-cert"),
            KeyFile = flags.Text("remote-write.client-tls-key"),
            CaFile = flags.Text("remote-write.client-tls-ca"),
            ServerName = flags.Text("remote-write.client-server-name"),
            Protocols = Protocols("remote-write.client-tls-min-version"),
            UsesSnappy = flags.Text("receive.grpc-compression") == "snappy",
            UsesCapnproto = flags.Text("receive.replication-protocol") == "capnproto",
            ServiceConfig = flags.Text("receive.grpc-service-config"),
            WorkersMax = Clamp("receive.forward.async-workers", 1),
            ForwardTimeout = flags.Duration("receive-forward-timeout"),
            BackoffMax = flags.Duration("receive-forward-max-backoff"),
        };
        if (peers.IsTls && (peers.CertFile.Length == 0) != (peers.KeyFile.Length == 0))
            Problems.Add(
                "both client key and certificate must be provided: "
                + "--remote-write.client-tls-cert and --remote-write.client-tls-key");
        return peers;
    }

    private StorageOptions Storage()
    {
        var (fsync, interval) = flags.Fsync("tsdb.wal-fsync");
        var chunkSamples = flags.Number("tsdb.out-of-order.cap-max");
        return new()
        {
            Database = new()
            {
                Directory = flags.Text("tsdb.path"),
                MinBlockDurationMs = BlockDurationMs("tsdb.min-block-duration"),
                MaxBlockDurationMs = BlockDurationMs("tsdb.max-block-duration"),
                RetentionMs = (long)flags.Duration("tsdb.retention").TotalMilliseconds,
                WalCompression = flags.IsOn("tsdb.wal-compression"),
                WalFsync = fsync,
                WalFsyncInterval = interval,
                TooFarInFuture = flags.Duration("tsdb.too-far-in-future.time-window"),
                OutOfOrderWindowMs = (long)flags.Duration("tsdb.out-of-order.time-window").TotalMilliseconds,
                OutOfOrderCapMax = chunkSamples <= 0 ? 32 : (int)Math.Min(chunkSamples, byte.MaxValue),
                ExemplarsMax = (int)Math.Clamp(flags.Number("tsdb.max-exemplars"), 0, Array.MaxLength),
                LockFile = !flags.IsOn("tsdb.no-lockfile"),
                MemorySnapshotOnShutdown = flags.IsOn("tsdb.memory-snapshot-on-shutdown"),
            },
            RetentionBytesMax = flags.Number("tsdb.max-retention-bytes"),
            HeadPostingsCacheBytes = flags.Number("tsdb.head.expanded-postings-cache-size"),
            BlockPostingsCacheBytes = flags.Number("tsdb.block.expanded-postings-cache-size"),
        };
    }

    // Zero is the database's own default upstream.
    private long BlockDurationMs(string name) =>
        (long)flags.Duration(name).TotalMilliseconds is > 0 and var given ? given : 7_200_000;

    private ReceiveOptions Receive()
    {
        var tenantLabel = flags.Text("receive.tenant-label-name");
        if (!LabelFlag.IsName(tenantLabel)) Problems.Add($"unsupported format for tenant label name, got {tenantLabel}");
        var features = new List<string>();
        foreach (var list in flags.List("enable-feature"))
            features.AddRange(list.Split(',', StringSplitOptions.RemoveEmptyEntries));
        return new()
        {
            HashringsFile = flags.Text("receive.hashrings-file"),
            Hashrings = flags.Text("receive.hashrings"),
            IsKetama = flags.Text("receive.hashrings-algorithm") == "ketama",
            HashringsRefreshInterval = flags.Duration("receive.hashrings-file-refresh-interval"),
            LocalEndpoint = flags.Text("receive.local-endpoint"),
            ReplicationFactor = Clamp("receive.replication-factor", 0),
            TenantHeader = flags.Text("receive.tenant-header"),
            TenantCertificateField = flags.Text("receive.tenant-certificate-field"),
            DefaultTenantId = flags.Text("receive.default-tenant-id"),
            TenantLabelName = tenantLabel,
            SplitTenantLabelName = flags.Text("receive.split-tenant-label-name"),
            ReplicaHeader = flags.Text("receive.replica-header"),
            CapnprotoAddress = OptionsCheck.Address(flags, "receive.capnproto-address", Problems),
            RelabelConfig = _content.Read("receive.relabel-config", Problems),
            LimitsConfig = _content.Read("receive.limits-config", Problems),
            LimitsConfigFile = flags.Text("receive.limits-config-file"),
            LimitsReloadInterval = flags.Duration("receive.limits-config-reload-timer"),
            WritesTargetInfo = flags.IsOn("receive.otlp-enable-target-info"),
            PromotedAttributes = flags.List("receive.otlp-promote-resource-attributes"),
            Features = features,
        };
    }

    private ShipperOptions Shipper() => new()
    {
        BucketConfig = _content.Read("objstore.config", Problems),
        HashesFiles = flags.Text("hash-func").Length > 0,
        UploadConcurrency = Clamp("shipper.upload-concurrency", 1),
        AllowsOutOfOrderUploads = flags.IsOn("shipper.allow-out-of-order-uploads"),
        SkipsCorruptedBlocks = flags.IsOn("shipper.skip-corrupted-blocks"),
    };

    private int Clamp(string name, int min) => (int)Math.Clamp(flags.Number(name), min, int.MaxValue);
}
