using System.Security.Cryptography;
using ObjStore;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.Shipping;

/// <summary>Uploads one block: chunks, then index, then meta.json, whose presence makes it a block for readers.</summary>
/// <remarks>
/// Works on hard links under "thanos/upload", so retention may delete the block meanwhile. On failure nothing is deleted from the
/// bucket: without meta.json it is a partial upload that readers ignore, and the next attempt writes the same objects again.
/// Source: pkg/shipper/shipper.go, pkg/block/block.go.
/// </remarks>
internal sealed class BlockUpload(string tenantDirectory, IBucket bucket, ShippingOptions options)
{
    public const string ChunksFolder = "chunks";
    private const string IndexFile = "index";
    private const string LocalMeta = "meta.json.local"; // The linked original beside the one made for the bucket.

    /// <summary>Where links are kept while a block is uploaded.</summary>
    public static string StagingOf(string tenantDirectory) => Path.Combine(tenantDirectory, "thanos", "upload");

    /// <summary>Uploads a block.</summary>
    /// <exception cref="ShippingException">There are no external labels, without which nobody could tell whose block it
    /// is.</exception>
    public async Task RunAsync(LocalBlock block, LabelSet external, CancellationToken stop)
    {
        if (external.Count == 0) throw new ShippingException("empty external labels are not allowed for Thanos block.");
        var staging = Path.Combine(StagingOf(tenantDirectory), block.Ulid);
        DeleteIfPresent(staging);
        try
        {
            var segments = Link(block.Path, staging);
            var files = await DescribeAsync(staging, segments, stop);
            var parallel =
                new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.UploadConcurrency), CancellationToken = stop };
            await Parallel.ForEachAsync(segments, parallel, async (segment, cancelled) =>
                await bucket.UploadAsync($"{block.Ulid}/{segment}", Path.Combine(staging, segment), cancelled));
            await bucket.UploadAsync($"{block.Ulid}/{IndexFile}", Path.Combine(staging, IndexFile), stop);
            await UploadMetaAsync(block, external, files, staging, stop);
        }
        finally { DeleteIfPresent(staging); }
    }

    private async Task UploadMetaAsync(
        LocalBlock block, LabelSet external, IReadOnlyList<BlockFile> files, string staging, CancellationToken stop)
    {
        // A file of its own, not a link: the block keeps its plain meta.json.
        var path = Path.Combine(staging, ThanosMeta.FileName);
        var local = await File.ReadAllBytesAsync(Path.Combine(staging, LocalMeta), stop);
        await File.WriteAllBytesAsync(path, ThanosMeta.Render(local, external, files, options.Clock.GetUtcNow()), stop);
        await bucket.UploadAsync($"{block.Ulid}/{ThanosMeta.FileName}", path, stop);
    }

    /// <summary>Links index, meta and chunk files; returns the chunk files' paths below the block, sorted.</summary>
    private static List<string> Link(string block, string staging)
    {
        Directory.CreateDirectory(Path.Combine(staging, ChunksFolder));
        var segments = new List<string>();
        foreach (var path in Directory.EnumerateFiles(Path.Combine(block, ChunksFolder)))
        {
            var segment = $"{ChunksFolder}/{Path.GetFileName(path)}";
            segments.Add(segment);
            HardLink.Create(path, Path.Combine(staging, segment));
        }
        segments.Sort(StringComparer.Ordinal);
        HardLink.Create(Path.Combine(block, IndexFile), Path.Combine(staging, IndexFile));
        HardLink.Create(Path.Combine(block, ThanosMeta.FileName), Path.Combine(staging, LocalMeta));
        return segments;
    }

    private async Task<IReadOnlyList<BlockFile>> DescribeAsync(string staging, List<string> segments, CancellationToken stop)
    {
        var files = new List<BlockFile>(segments.Count + 1);
        foreach (var name in (string[])[.. segments, IndexFile])
        {
            var path = Path.Combine(staging, name);
            files.Add(new BlockFile(name, new FileInfo(path).Length, options.HashFiles ? await HashAsync(path, stop) : null));
        }
        return files;
    }

    private static async Task<string> HashAsync(string path, CancellationToken stop)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop));
    }

    private static void DeleteIfPresent(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }
}
