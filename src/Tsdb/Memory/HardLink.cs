using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>A second name for a file, by which its content outlives the first. The runtime offers none.</summary>
public static partial class HardLink
{
    /// <summary>Gives a file a second name.</summary>
    /// <exception cref="IOException">The system refused; both paths and the error number are in the text.</exception>
    public static void Create(string existing, string added)
    {
        if (link(existing, added) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        throw new IOException($"link {existing} {added}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
    }

    /// <summary>Gives a file a second name; the bytes are copied where the filesystem has no hard links.</summary>
    /// <exception cref="IOException">The new name is taken, or neither way works.</exception>
    internal static void CreateOrCopy(string existing, string added)
    {
        if (link(existing, added) != 0) File.Copy(existing, added);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string added);
}
