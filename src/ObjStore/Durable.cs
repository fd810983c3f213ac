using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ObjStore;

/// <summary>
/// Flushes files and directories to the device by the system call itself, because .NET 10 hides a failing fsync on Linux.
/// </summary>
internal static class Durable
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on Linux x64 and arm64.

    public static void Flush(SafeFileHandle file, string path)
    {
        if (fsync(file) != 0) throw Failure("fsync", path);
    }

    public static void FlushDirectory(string path)
    {
        var descriptor = open(path, ReadOnlyDirectory);
        if (descriptor < 0) throw Failure("open directory", path);
        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        Flush(directory, path);
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
    }

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(SafeFileHandle file);

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
