// The values are keys of the line beside a text that operators know from upstream.
#pragma warning disable SYSLIB1015

namespace Receiver.Hosting;

/// <summary>What starting, serving and stopping tells. Texts that upstream has too are upstream's.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(700, LogLevel.Information, "running receive")]
    public static partial void Running(this ILogger log, string mode, string version);

    [LoggerMessage(701, LogLevel.Warning, "flag --{Flag} has no effect here; remove it")]
    public static partial void FlagIgnored(this ILogger log, string flag);

    [LoggerMessage(702, LogLevel.Warning, "Cap'n Proto is not served yet; peers must use protobuf")]
    public static partial void NoCapnproto(this ILogger log, string address);

    [LoggerMessage(703, LogLevel.Information, "listening for {What}")]
    public static partial void Listening(this ILogger log, string what, string address);

    [LoggerMessage(704, LogLevel.Information, "changing probe status")]
    public static partial void ProbeChanged(this ILogger log, string status);

    [LoggerMessage(705, LogLevel.Warning, "changing probe status")]
    public static partial void ProbeLowered(this ILogger log, string status, string reason);

    [LoggerMessage(706, LogLevel.Information, "caught signal. Exiting.")]
    public static partial void CaughtSignal(this ILogger log, string signal);

    [LoggerMessage(707, LogLevel.Information, "caught signal. Nothing to reload: files are watched.")]
    public static partial void CaughtReload(this ILogger log, string signal);

    [LoggerMessage(708, LogLevel.Information, "exiting")]
    public static partial void Exiting(this ILogger log);

    [LoggerMessage(709, LogLevel.Information, "{Step}")]
    public static partial void Stopping(this ILogger log, string step);

    [LoggerMessage(710, LogLevel.Error, "stopping: {Step} went wrong; going on with the next step")]
    public static partial void StopStepUnsuccessful(this ILogger log, Exception error, string step);

    [LoggerMessage(711, LogLevel.Information, "hashring installed")]
    public static partial void RingInstalled(this ILogger log, int rings, int endpoints);

    [LoggerMessage(712, LogLevel.Error, "the new hashring cannot be used; the old one stays")]
    public static partial void RingRefused(this ILogger log, string path, string reason);

    [LoggerMessage(713, LogLevel.Warning, "the directory of the hashring file cannot be watched; it is re-read every {Interval}")]
    public static partial void RingUnwatched(this ILogger log, Exception error, TimeSpan interval);

    [LoggerMessage(714, LogLevel.Information, "Empty hashring config. Set up single node hashring.")]
    public static partial void RingSingle(this ILogger log);

    [LoggerMessage(715, LogLevel.Information, "storage started, and server is ready to receive requests")]
    public static partial void StorageReady(this ILogger log, int tenants, long elapsedMs);

    [LoggerMessage(716, LogLevel.Information, "opened {Opened} of {Total} tenants")]
    public static partial void Opening(this ILogger log, int opened, int total);

    [LoggerMessage(717, LogLevel.Warning, "uploading before being ready took longer than {Limit}; going on without")]
    public static partial void FirstUploadTooLong(this ILogger log, TimeSpan limit);

    [LoggerMessage(718, LogLevel.Information, "no supported bucket was configured, uploads will be disabled")]
    public static partial void NoBucket(this ILogger log);

    [LoggerMessage(719, LogLevel.Warning, "default tenant {Tenant} is no valid name; writes that name no tenant will get 400")]
    public static partial void DefaultTenantInvalid(this ILogger log, string tenant);

    [LoggerMessage(720, LogLevel.Error, "receive command failed")]
    public static partial void RunUnsuccessful(this ILogger log, Exception error);

    [LoggerMessage(721, LogLevel.Error, "certificate cannot be re-read; the previous one stays")]
    public static partial void CertificateKept(this ILogger log, Exception error, string path);

    [LoggerMessage(722, LogLevel.Error, "request answered 500")]
    public static partial void RequestUnsuccessful(this ILogger log, Exception error, string path);

    [LoggerMessage(723, LogLevel.Information, "certificate loaded")]
    public static partial void CertificateLoaded(this ILogger log, string path);

    [LoggerMessage(724, LogLevel.Warning, "--{Flag} is not supported yet: {Consequence}")]
    public static partial void FlagNotServed(this ILogger log, string flag, string consequence);
}
