namespace Receiver.Grpc;

/// <summary>What this folder logs; event ids 200 to 299.</summary>
internal static partial class GrpcLog
{
    [LoggerMessage(200, LogLevel.Error, "gRPC handler of {Service}/{Method} threw")]
    public static partial void HandlerThrew(this ILogger log, Exception error, string service, string method);

    [LoggerMessage(201, LogLevel.Debug, "gRPC call of {Service}/{Method} ended early: {Code}")]
    public static partial void CallEnded(this ILogger log, Exception error, string service, string method, GrpcCode code);
}
