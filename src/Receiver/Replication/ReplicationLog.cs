namespace Receiver.Replication;

/// <summary>Log lines of replication; event ids 400 to 499.</summary>
internal static partial class ReplicationLog
{
    [LoggerMessage(400, LogLevel.Debug, "refused a write of another receiver: {Reason}")]
    public static partial void CallRefused(this ILogger log, string reason);
}
