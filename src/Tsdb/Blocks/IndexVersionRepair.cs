using System.Text.Json;
using Tsdb.Files;

namespace Tsdb.Blocks;

/// <summary>Mends the blocks that Prometheus 2.1.0 wrote: their index is of version 2 and says 1, and their meta.json says
/// 2.</summary>
/// <remarks>The index is replaced first: after a crash in between, the next start finds the same meta.json and does it
/// again. Source: docs/formats/block.md, "Versions".</remarks>
internal static class IndexVersionRepair
{
    /// <summary>The version that only this Prometheus put into meta.json.</summary>
    private const int BogusMetaVersion = 2;

    private const byte IndexVersion = 2;
    private const int IndexVersionAt = 4;
    private const int CopyBytes = 1 << 20; // An index can have gigabytes: not as a whole.

    /// <summary>Does nothing to any other block, not even one whose meta.json cannot be read.</summary>
    /// <exception cref="IOException">The block needs it and the disk refuses.</exception>
    public static void Apply(string block, IDisk disk, Action<string> log)
    {
        var path = Path.Combine(block, BlockMeta.FileName);
        if (!IsNeeded(path)) return;
        RewriteIndex(Path.Combine(block, BlockWriter.IndexFileName), disk);
        disk.SyncDirectory(block);
        BlockMetaJson.Decode(File.ReadAllBytes(path), BogusMetaVersion).Save(block, disk);
        disk.SyncDirectory(block);
        log($"block {block} is of Prometheus 2.1.0, which wrote a wrong index version: corrected");
    }

    private static bool IsNeeded(string metaPath)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(metaPath));
            return document.RootElement.TryGetProperty("version", out var version)
                && version.TryGetInt32(out var number) && number == BogusMetaVersion;
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            return false; // Whoever opens the block says what is wrong with it.
        }
    }

    private static void RewriteIndex(string path, IDisk disk)
    {
        var repaired = path + ".repaired";
        using (var from = File.OpenRead(path))
        using (var to = disk.OverwriteFile(repaired))
        {
            var buffer = new byte[CopyBytes];
            for (var at = 0L; from.Read(buffer) is var count and > 0; at += count)
            {
                to.Write(buffer.AsSpan(0, count), at);
            }
            to.Write([IndexVersion], IndexVersionAt);
            to.Sync();
        }
        disk.Rename(repaired, path);
    }
}
