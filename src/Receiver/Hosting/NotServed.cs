using Receiver.Options;

namespace Receiver.Hosting;

/// <summary>Says at the start what was asked for and is not done by this build, so that nobody finds out from their
/// data.</summary>
internal static class NotServed
{
    /// <summary>Warns, a line each; refuses where going on would be unsafe.</summary>
    /// <exception cref="StartException">The metrics port would be served without the protection that was asked for.</exception>
    public static void Report(ReceiverOptions options, ILogger log)
    {
        if (options.Http.ConfigFile.Length > 0)
            throw new StartException(
                "--http.config: TLS and authentication of the HTTP port are not supported; protect the port otherwise");
        log.NoCapnproto(options.Receive.CapnprotoAddress);
        Warn(options.Peers.UsesCapnproto, "receive.replication-protocol", "peers are written to with protobuf");
        Warn(options.Receive.RelabelConfig.Length > 0, "receive.relabel-config", "series are stored as they come");
        Warn(options.Receive.LimitsConfig.Length > 0, "receive.limits-config", "nothing is limited");
        Warn(options.Receive.SplitTenantLabelName.Length > 0, "receive.split-tenant-label-name", "the header names the tenant");
        Warn(options.Storage.RetentionBytesMax > 0, "tsdb.max-retention-bytes", "only --tsdb.retention applies");
        Warn(options.TracingConfig.Length > 0, "tracing.config", "no traces are sent");
        Warn(options.RequestLoggingConfig.Length > 0, "request.logging-config", "calls are not logged");

        void Warn(bool isAsked, string flag, string consequence)
        {
            if (isAsked) log.FlagNotServed(flag, consequence);
        }
    }
}
