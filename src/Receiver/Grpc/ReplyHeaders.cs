using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Receiver.Grpc.Compression;

namespace Receiver.Grpc;

/// <summary>What the header blocks of a reply say about the call.</summary>
/// <remarks>Source of the rules: docs/formats/grpc.md.</remarks>
internal static class ReplyHeaders
{
    /// <summary>Looks at the first block: is this gRPC, and how is it compressed.</summary>
    public static GrpcStatus Check(HttpResponseMessage response, out GrpcEncoding encoding)
    {
        encoding = GrpcEncoding.Identity;
        var type = response.Content.Headers.ContentType?.MediaType ?? "";
        if (response.StatusCode != HttpStatusCode.OK || !type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase))
        {
            // A proxy in between, or a server that explains itself: a grpc-status wins over the HTTP one.
            if (TryStatus(response.Headers, out var told) && !told.IsOk) return told;
            var code = FromHttp(response.StatusCode);
            return new(code, $"unexpected HTTP status code received from server: {(int)response.StatusCode} "
                + $"({response.StatusCode}); content-type \"{type}\"");
        }
        var name = response.Headers.TryGetValues("grpc-encoding", out var values) ? string.Join(',', values) : null;
        return MessageCodec.TryParse(name, out encoding)
            ? GrpcStatus.Ok
            : new(GrpcCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{name}\"");
    }

    /// <summary>The status of a call whose body has been read to its end.</summary>
    public static GrpcStatus FinalStatus(HttpResponseMessage response)
    {
        if (TryStatus(response.TrailingHeaders, out var status) || TryStatus(response.Headers, out status)) return status;
        return new(GrpcCode.Internal, "server closed the stream without sending trailers");
    }

    private static bool TryStatus(HttpResponseHeaders headers, out GrpcStatus status)
    {
        status = default;
        if (!headers.TryGetValues("grpc-status", out var codes)) return false;
        var message = headers.TryGetValues("grpc-message", out var texts) ? StatusText.Decode(string.Join(", ", texts)) : "";
        status = int.TryParse(string.Join(',', codes), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? new((GrpcCode)code, message)
            : new(GrpcCode.Unknown, $"malformed grpc-status; {message}");
        return true;
    }

    private static GrpcCode FromHttp(HttpStatusCode status) => (int)status switch
    {
        400 => GrpcCode.Internal,
        401 => GrpcCode.Unauthenticated,
        403 => GrpcCode.PermissionDenied,
        404 => GrpcCode.Unimplemented,
        429 or 502 or 503 or 504 => GrpcCode.Unavailable,
        _ => GrpcCode.Unknown,
    };
}
