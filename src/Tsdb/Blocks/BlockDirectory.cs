using Tsdb.Files;

namespace Tsdb.Blocks;

/// <summary>The blocks' part of a database directory: which blocks there are, leftovers of crashes, deletion.</summary>
internal static class BlockDirectory
{
    internal const string CreationSuffix = ".tmp-for-creation";
    internal const string DeletionSuffix = ".tmp-for-deletion";

    /// <summary>Suffix of leftovers of old versions.</summary>
    private const string OldSuffix = ".tmp";

    private const string SnapshotPrefix = "chunk_snapshot.";

    /// <summary>Names of the block directories, ascending.</summary>
    public static IReadOnlyList<string> List(string directory)
    {
        var ulids = new List<string>();
        foreach (var path in Directory.GetDirectories(directory))
        {
            var name = Path.GetFileName(path);
            if (Ulid.IsValid(name)) ulids.Add(name);
        }
        ulids.Sort(StringComparer.Ordinal);
        return ulids;
    }

    /// <summary>Deletes what a crash left: blocks half written or half deleted, and chunk snapshots likewise.</summary>
    /// <returns>Names of the directories deleted.</returns>
    internal static IReadOnlyList<string> DeleteLeftovers(string directory, IDisk disk)
    {
        var deleted = new List<string>();
        foreach (var path in Directory.GetDirectories(directory))
        {
            var name = Path.GetFileName(path);
            if (!IsLeftover(name)) continue;
            disk.DeleteDirectory(path);
            deleted.Add(name);
        }
        return deleted;
    }

    /// <summary>Deletes a block: it disappears in one step, its files follow.</summary>
    /// <exception cref="IOException">A file could not be deleted; <see cref="DeleteLeftovers"/> does it at the next
    /// start.</exception>
    internal static void Delete(string directory, string ulid, IDisk disk)
    {
        var path = Path.Combine(directory, ulid);
        var doomed = path + DeletionSuffix;
        disk.DeleteDirectory(doomed);
        disk.Rename(path, doomed);
        disk.SyncDirectory(directory);
        disk.DeleteDirectory(doomed);
    }

    private static bool IsLeftover(string name)
    {
        foreach (var suffix in (ReadOnlySpan<string>)[CreationSuffix, DeletionSuffix, OldSuffix])
        {
            if (!name.EndsWith(suffix, StringComparison.Ordinal)) continue;
            var stem = name.AsSpan(0, name.Length - suffix.Length);
            return stem.StartsWith(SnapshotPrefix, StringComparison.Ordinal) || Ulid.IsValid(stem);
        }
        return false;
    }
}
