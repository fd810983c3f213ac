namespace Receiver.Tenancy;

/// <summary>What tenancy tells the operator; event ids 500 to 599.</summary>
internal static partial class TenancyLog
{
    [LoggerMessage(500, LogLevel.Information, "tenant {Tenant} opened in {ElapsedMs} ms")]
    public static partial void TenantOpened(this ILogger log, string tenant, long elapsedMs);

    [LoggerMessage(501, LogLevel.Error, "tenant {Tenant} could not be opened; the next write tries again")]
    public static partial void TenantNotOpened(this ILogger log, Exception error, string tenant);

    [LoggerMessage(502, LogLevel.Information, "tenant {Tenant}: {Text}")]
    public static partial void DatabaseSays(this ILogger log, string tenant, string text);

    [LoggerMessage(503, LogLevel.Information, "tenant {Tenant}: {Count} blocks cut")]
    public static partial void BlocksCut(this ILogger log, string tenant, int count);

    [LoggerMessage(504, LogLevel.Error, "tenant {Tenant}: cutting blocks went wrong; the next tick retries")]
    public static partial void CutUnsuccessful(this ILogger log, Exception error, string tenant);

    [LoggerMessage(505, LogLevel.Error, "tenant {Tenant}: retention went wrong; retried in a minute")]
    public static partial void RetentionUnsuccessful(this ILogger log, Exception error, string tenant);

    [LoggerMessage(506, LogLevel.Information,
        "tenant {Tenant} had no new samples for longer than the retention; read-only for a minute")]
    public static partial void TenantMarked(this ILogger log, string tenant);

    [LoggerMessage(507, LogLevel.Information, "tenant {Tenant} pruned: closed and its directory deleted")]
    public static partial void TenantPruned(this ILogger log, string tenant);

    [LoggerMessage(508, LogLevel.Error, "tenant {Tenant}: pruning went wrong; retried at the next pruning time")]
    public static partial void PruningUnsuccessful(this ILogger log, Exception error, string tenant);

    [LoggerMessage(509, LogLevel.Error,
        "tenant {Tenant}: last good cut was {Hours} hours ago; cutting is stuck, so it is not pruned")]
    public static partial void CuttingStuck(this ILogger log, string tenant, int hours);

    [LoggerMessage(510, LogLevel.Error, "tenant {Tenant}: closing went wrong")]
    public static partial void CloseUnsuccessful(this ILogger log, Exception error, string tenant);

    [LoggerMessage(511, LogLevel.Error, "housekeeping stopped unexpectedly; retried in a minute")]
    public static partial void HousekeepingUnsuccessful(this ILogger log, Exception error);

    [LoggerMessage(512, LogLevel.Error, "tenant {Tenant}: upload before pruning or at the end of a round went wrong")]
    public static partial void UploadUnsuccessful(this ILogger log, Exception error, string tenant);
}
