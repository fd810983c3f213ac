namespace Receiver.StoreApi;

/// <summary>What this folder logs; event ids 300 to 399.</summary>
internal static partial class StoreApiLog
{
    [LoggerMessage(300, LogLevel.Warning, "reading series of tenant {Tenant}")]
    public static partial void TenantFailed(this ILogger log, Exception error, string tenant);

    [LoggerMessage(301, LogLevel.Error, "processing a Series call")]
    public static partial void SeriesCallBroke(this ILogger log, Exception error);
}
