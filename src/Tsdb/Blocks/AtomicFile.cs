using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>Small files that are replaced as a whole.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file, flushes to the device, renames over it. The directory is the caller's to flush.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            Libc.Fsync(file, temporary);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
