namespace Receiver.Shipping;

/// <summary>What shipping tells the operator; event ids 600 to 699.</summary>
internal static partial class ShippingLog
{
    [LoggerMessage(600, LogLevel.Information, "upload new block id={Block} tenant={Tenant}")]
    public static partial void UploadingBlock(this ILogger log, string tenant, string block);

    [LoggerMessage(601, LogLevel.Error,
        "block {Block} of tenant {Tenant} was not uploaded; newer ones pass, the next pass retries")]
    public static partial void BlockNotUploaded(this ILogger log, Exception error, string tenant, string block);

    [LoggerMessage(602, LogLevel.Error, "block {Block} of tenant {Tenant} is unreadable and passed over")]
    public static partial void BlockUnreadable(this ILogger log, Exception error, string tenant, string block);

    [LoggerMessage(603, LogLevel.Information, "no meta file found, creating empty meta data to write later tenant={Tenant}")]
    public static partial void NoState(this ILogger log, string tenant);

    [LoggerMessage(604, LogLevel.Warning, "thanos.shipper.json of tenant {Tenant} is unreadable and counts as empty")]
    public static partial void StateUnreadable(this ILogger log, Exception error, string tenant);

    [LoggerMessage(605, LogLevel.Warning,
        "thanos.shipper.json of tenant {Tenant} was not written; uploads are found again in the bucket")]
    public static partial void StateNotWritten(this ILogger log, Exception error, string tenant);

    [LoggerMessage(606, LogLevel.Warning, "upload pass of tenant {Tenant} went wrong; the next is in {Interval}")]
    public static partial void PassUnsuccessful(this ILogger log, Exception error, string tenant, TimeSpan interval);
}
