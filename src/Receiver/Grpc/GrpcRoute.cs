namespace Receiver.Grpc;

/// <summary>A registered method: exactly one of its handlers is set.</summary>
internal sealed record GrpcRoute(string Service, string Name)
{
    /// <summary>One message in, one out.</summary>
    public UnaryHandler? Unary { get; init; }

    /// <summary>One message in, many out.</summary>
    public StreamHandler? Stream { get; init; }

    /// <summary>Many in, many out.</summary>
    public DuplexHandler? Duplex { get; init; }

    /// <summary>The grpc_type label of upstream's metrics.</summary>
    public string Kind => Unary is not null ? "unary" : Stream is not null ? "server_stream" : "bidi_stream";

    /// <summary>Splits "/package.Service/Method" at its last slash; false when there are not two.</summary>
    public static bool TrySplit(string path, out string service, out string name)
    {
        var slash = path.LastIndexOf('/');
        service = slash > 0 ? path[1..slash] : "";
        name = path[(slash + 1)..];
        return slash > 0 && path[0] == '/';
    }
}
