namespace Receiver.Grpc;

/// <summary>The end of a call: a code, and for errors a sentence for people.</summary>
/// <param name="Code">What programs decide by.</param>
/// <param name="Message">What people read; empty for success. Any text: it is percent-encoded on the wire.</param>
public readonly record struct GrpcStatus(GrpcCode Code, string Message)
{
    /// <summary>Success.</summary>
    public static GrpcStatus Ok { get; } = new(GrpcCode.Ok, "");

    /// <summary>Whether the call succeeded.</summary>
    public bool IsOk => Code == GrpcCode.Ok;

    /// <summary>The text Go programs print for a status: "rpc error: code = Unavailable desc = …".</summary>
    public override string ToString() => IsOk ? "OK" : $"rpc error: code = {CodeName(Code)} desc = {Message}";

    /// <summary>The name Go programs and the metrics' grpc_code label use; 1 is spelt with one L.</summary>
    public static string CodeName(GrpcCode code) => code switch
    {
        GrpcCode.Ok => "OK",
        GrpcCode.Cancelled => "Canceled",
        _ when Enum.IsDefined(code) => code.ToString(),
        _ => $"Code({(int)code})",
    };
}
