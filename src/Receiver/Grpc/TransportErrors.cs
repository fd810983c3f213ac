using System.Net.Sockets;
using System.Security.Authentication;

namespace Receiver.Grpc;

/// <summary>Turns what the HTTP client throws into a status.</summary>
/// <remarks>Source of the mapping of HTTP/2 error codes: docs/formats/grpc.md.</remarks>
internal static class TransportErrors
{
    private const long NoError = 0x0;
    private const long FlowControl = 0x3;
    private const long RefusedStream = 0x7;
    private const long Cancel = 0x8;
    private const long EnhanceYourCalm = 0xb;
    private const long InadequateSecurity = 0xc;

    /// <summary>Whether an exception is the transport's and not a bug.</summary>
    public static bool IsTransport(Exception e) =>
        e is HttpRequestException or HttpIOException or IOException or OperationCanceledException or SocketException
            or AuthenticationException or ObjectDisposedException;

    /// <summary>The status of a call that the transport broke; neither deadline nor caller did.</summary>
    public static GrpcStatus ToStatus(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpProtocolException protocol)
                return new(FromHttp2(protocol.ErrorCode),
                    $"stream terminated by RST_STREAM or GOAWAY with error code: {protocol.ErrorCode}");
            if (inner is SocketException socket)
                return new(GrpcCode.Unavailable, $"connection error: desc = \"transport: {Reason(socket)}\"");
        }
        return new(GrpcCode.Unavailable, $"connection error: desc = \"transport: {e.Message}\"");
    }

    private static string Reason(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "error while dialing: connect: connection refused",
        SocketError.ConnectionReset => "read: connection reset by peer",
        SocketError.HostNotFound => "error while dialing: no such host",
        _ => e.Message,
    };

    private static GrpcCode FromHttp2(long code) => code switch
    {
        // A graceful GOAWAY that raced with the call: it may be repeated.
        NoError or RefusedStream => GrpcCode.Unavailable,
        Cancel => GrpcCode.Cancelled,
        FlowControl or EnhanceYourCalm => GrpcCode.ResourceExhausted,
        InadequateSecurity => GrpcCode.PermissionDenied,
        _ => GrpcCode.Internal,
    };
}
