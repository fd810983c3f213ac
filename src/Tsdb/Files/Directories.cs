namespace Tsdb.Files;

/// <summary>Directories that are still there after a power failure.</summary>
internal static class Directories
{
    /// <summary>Creates a directory and the missing ones above it, and makes their names durable; that of an existing one too,
    /// since a process may have died right after creating it.</summary>
    /// <exception cref="IOException">One cannot be created or flushed.</exception>
    public static void Ensure(this IDisk disk, string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(path);
        if (parent is null) return; // The top of the file system.
        if (!Directory.Exists(path))
        {
            if (!Directory.Exists(parent)) Ensure(disk, parent);
            disk.CreateDirectory(path);
        }
        disk.SyncDirectory(parent);
    }
}
