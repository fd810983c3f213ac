using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>A second name for a file, which the runtime does not offer.</summary>
internal static partial class HardLink
{
    /// <summary>Gives a file a second name; the bytes are copied where the filesystem has no hard links.</summary>
    /// <exception cref="IOException">The new name is taken, or neither way works.</exception>
    public static void CreateOrCopy(string existing, string added)
    {
        if (link(existing, added) != 0) File.Copy(existing, added);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string added);
}
