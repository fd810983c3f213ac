using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>The blocks' part of a database directory: which blocks there are, leftovers of crashes, deletion.</summary>
public static class BlockDirectory
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
    public static IReadOnlyList<string> DeleteLeftovers(string directory)
    {
        var deleted = new List<string>();
        foreach (var path in Directory.GetDirectories(directory))
        {
            var name = Path.GetFileName(path);
            if (!IsLeftover(name)) continue;
            Directory.Delete(path, recursive: true);
            deleted.Add(name);
        }
        return deleted;
    }

    /// <summary>Deletes a block: it disappears in one step, its files follow.</summary>
    /// <exception cref="IOException">A file could not be deleted; <see cref="DeleteLeftovers"/> does it at the next
    /// start.</exception>
    public static void Delete(string directory, string ulid)
    {
        var path = Path.Combine(directory, ulid);
        var doomed = path + DeletionSuffix;
        if (Directory.Exists(doomed)) Directory.Delete(doomed, recursive: true);
        Directory.Move(path, doomed);
        Libc.FsyncDirectory(directory);
        Directory.Delete(doomed, recursive: true);
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
