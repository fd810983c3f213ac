using System.Buffers.Binary;
using System.Security.Cryptography;
using Hashring.Configuration;

namespace Hashring;

/// <summary>
/// One ring of a hashrings document. Field meanings and defaults: docs of Thanos Receive, "hashring configuration".
/// </summary>
public sealed record HashringConfig
{
    /// <summary>Name for metrics and messages; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Tenants or patterns served; empty = every tenant.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>"" or exact; glob; any other text is accepted and matches no tenant.</summary>
    public string TenantMatcherType { get; init; } = "";

    /// <summary>Peers in the order of the document.</summary>
    public IReadOnlyList<Endpoint> Endpoints { get; init; } = [];

    /// <summary>hashmod or ketama; "" = the process's default; any other text behaves as hashmod.</summary>
    public string Algorithm { get; init; } = "";

    /// <summary>More external labels for the tenants listed, sorted by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ExternalLabels { get; init; } = [];

    /// <summary>Shuffle sharding; off unless its shard size is positive.</summary>
    public ShuffleShardingConfig ShuffleSharding { get; init; } = new();

    /// <summary>Reads a document as the inline flag does: an empty list is accepted.</summary>
    /// <param name="utf8Json">The raw bytes.</param>
    /// <param name="rings">The rings; null when the document is JSON null, which means "no hashring".</param>
    /// <param name="error">Empty on success, else the text upstream prints.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, out IReadOnlyList<HashringConfig>? rings, out string error)
    {
        rings = RingReader.Read(utf8Json, out error);
        if (error.Length > 0) rings = null;
        return error.Length == 0;
    }

    /// <summary>Reads a document as a file is read: no rings at all is an error too.</summary>
    /// <param name="path">Name of the file, for the message.</param>
    /// <param name="utf8Json">The raw bytes.</param>
    /// <param name="rings">The rings, at least one; empty on failure.</param>
    /// <param name="error">Empty on success, else the text upstream prints.</param>
    public static bool TryParseFile(
        string path, ReadOnlySpan<byte> utf8Json, out IReadOnlyList<HashringConfig> rings, out string error)
    {
        if (!TryParse(utf8Json, out var parsed, out var reason))
        {
            error = $"failed to parse configuration file: {reason}: configuration file is not parsable";
            rings = [];
            return false;
        }
        rings = parsed ?? [];
        error = rings.Count == 0 ? $"failed to load configuration file, path: {path}: configuration file is empty" : "";
        return rings.Count > 0;
    }

    /// <summary>What thanos_receive_config_hash shows: 48 bits of the SHA-256 of the raw bytes, exact as a double.</summary>
    public static double ContentHash(ReadOnlySpan<byte> document)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document, digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest) & 0xFFFF_FFFF_FFFF; // The first six bytes, little-endian.
    }
}
