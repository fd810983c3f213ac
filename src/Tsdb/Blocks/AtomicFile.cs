using Tsdb.Files;

namespace Tsdb.Blocks;

/// <summary>Small files that are replaced as a whole.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file, flushes to the device, renames over it. The directory is the caller's to flush.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, IDisk disk)
    {
        var temporary = path + ".tmp";
        using (var file = disk.OverwriteFile(temporary))
        {
            file.Write(content, 0);
            file.Sync();
        }
        disk.Rename(temporary, path);
    }
}
