using System.Buffers;
using System.Text.Unicode;

namespace Receiver.Tenancy;

/// <summary>Decides which names a tenant may have: exactly those that are safe as the name of one directory.</summary>
/// <remarks>
/// The same rule guards every door (HTTP, gRPC, Cap'n Proto, split label). Upstream lets "." and ".." through on HTTP and checks
/// nothing on the others, which writes data outside the data directory; here they are refused. Source: pkg/receive/handler.go,
/// path.Base rule.
/// </remarks>
public static class TenantName
{
    /// <summary>Longest name in bytes: NAME_MAX of Linux file systems.</summary>
    public const int MaxBytes = 255;

    /// <summary>The text of the 400 that a refused name gets.</summary>
    public const string NotValid = "tenant name not valid";

    /// <summary>
    /// Whether UTF-8 bytes are a tenant's name: not empty, ".", ".." or over 255 bytes; without "/", NUL or invalid UTF-8.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MaxBytes
        && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)
        && name.IndexOfAny((byte)'/', (byte)0) < 0
        && Utf8.IsValid(name);

    /// <summary>The same for text; a lone surrogate is not valid.</summary>
    public static bool IsValid(string name)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        var status = Utf8.FromUtf16(name, bytes, out _, out var written, replaceInvalidSequences: false);
        return status == OperationStatus.Done && IsValid(bytes[..written]);
    }
}
