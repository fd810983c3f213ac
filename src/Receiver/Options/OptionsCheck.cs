using System.Globalization;

namespace Receiver.Options;

/// <summary>Settings that could never work: found here, at once, instead of as a crash or as failing requests later.</summary>
internal static class OptionsCheck
{
    /// <summary>Most out-of-order samples a chunk can count (one byte in its header).</summary>
    private const int OutOfOrderChunkSamplesMax = 255;

    private static readonly TimeSpan MaxBlockDurationMin = TimeSpan.FromSeconds(30);

    /// <summary>A host:port flag, checked as Go's listener would.</summary>
    public static string Address(FlagValues flags, string name, List<string> problems)
    {
        var address = flags.Text(name);
        var colon = address.LastIndexOf(':');
        if (colon < 0 || address.EndsWith(']'))
            problems.Add($"--{name}: listen tcp: address {address}: missing port in address");
        else if (address.AsSpan(0, colon).Contains(':') && address[0] != '[')
            problems.Add($"--{name}: listen tcp: address {address}: too many colons in address");
        else if (!ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            problems.Add($"--{name}: listen tcp: address {address[(colon + 1)..]}: invalid port");
        return address;
    }

    /// <summary>Numbers and durations with a range of their own.</summary>
    public static void Numbers(FlagValues flags, ReceiverOptions options, List<string> problems)
    {
        Check(flags.Float("auto-gomemlimit.ratio") is > 0 and <= 1,
            "--auto-gomemlimit.ratio must be greater than 0 and less than or equal to 1.");
        Check(options.Grpc.BufferedResponsesMax > 0, "--receive.lazy-retrieval-max-buffered-responses must be > 0");
        Check(options.Receive.ReplicationFactor > 0,
            "--receive.replication-factor must be 1 or more: with 0 every write would fail");
        Check(options.MemoryLimitBytes >= 0, "--memory.limit must not be negative");
        if (options.IsIngestor)
        {
            var samples = flags.Number("tsdb.out-of-order.cap-max");
            Check(
                samples <= OutOfOrderChunkSamplesMax,
                string.Create(CultureInfo.InvariantCulture,
                    $"--tsdb.out-of-order.cap-max: OOOCapMax of {samples} is invalid. must be > 0 and <= 255"));
            Check(
                flags.Duration("tsdb.max-block-duration") >= MaxBlockDurationMin,
                "--tsdb.max-block-duration must be 30s or more: it is also the period of cutting blocks");
        }
        if (options.Receive.HashringsFile.Length > 0)
        {
            Check(
                options.Receive.HashringsRefreshInterval > TimeSpan.Zero,
                "--receive.hashrings-file-refresh-interval must be above 0: it is the period of a timer");
        }
        Check(
            options.Receive.TenantCertificateField.Length == 0 || options.RemoteWrite.Tls.ClientCaFile.Length > 0,
            "--receive.tenant-certificate-field needs client certificates: set --remote-write.server-tls-client-ca");

        void Check(bool isFine, string problem)
        {
            if (!isFine) problems.Add(problem);
        }
    }
}
