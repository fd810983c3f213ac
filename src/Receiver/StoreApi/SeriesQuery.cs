using Google.Protobuf;
using Hashring;
using Receiver.Protos.Store;

namespace Receiver.StoreApi;

/// <summary>What a Series request asks of every tenant.</summary>
internal sealed record SeriesQuery
{
    /// <summary>First millisecond of interest, included.</summary>
    public required long MinTimeMs { get; init; }

    /// <summary>Last millisecond of interest, included.</summary>
    public required long MaxTimeMs { get; init; }

    /// <summary>Whether labels suffice.</summary>
    public bool SkipChunks { get; init; }

    /// <summary>Names to remove from every series, UTF-8.</summary>
    public IReadOnlyList<byte[]> Removed { get; init; } = [];

    /// <summary>Which part of the series is wanted, over their final labels.</summary>
    public ShardMatcher? Shard { get; init; }

    /// <summary>Reads a request.</summary>
    public static SeriesQuery From(SeriesRequest request) => new()
    {
        MinTimeMs = request.MinTime,
        MaxTimeMs = request.MaxTime,
        SkipChunks = request.SkipChunks,
        Removed = Names(request.WithoutReplicaLabels),
        Shard = request.ShardInfo is { TotalShards: > 0 } shard
            ? new ShardMatcher(shard.ShardIndex, shard.TotalShards, shard.By, Names(shard.Labels))
            : null,
    };

    /// <summary>Copies names out of a message.</summary>
    public static byte[][] Names(IReadOnlyList<ByteString> names)
    {
        var copies = new byte[names.Count][];
        for (var i = 0; i < copies.Length; i++) copies[i] = names[i].ToByteArray();
        return copies;
    }
}
