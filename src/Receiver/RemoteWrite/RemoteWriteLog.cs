namespace Receiver.RemoteWrite;

/// <summary>Log lines of the remote-write door; event ids 100 to 199.</summary>
internal static partial class RemoteWriteLog
{
    [LoggerMessage(100, LogLevel.Debug, "refused a write request of tenant {Tenant}: {Reason}")]
    public static partial void RequestRefused(this ILogger log, string tenant, string reason);

    [LoggerMessage(101, LogLevel.Error, "a write request of tenant {Tenant} was not stored: {Reason}")]
    public static partial void RequestFailed(this ILogger log, string tenant, string reason);

    [LoggerMessage(102, LogLevel.Error, "a write request of tenant {Tenant} ended in an exception")]
    public static partial void RequestThrew(this ILogger log, Exception exception, string tenant);
}
