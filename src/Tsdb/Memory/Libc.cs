using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tsdb.Memory;

/// <summary>The system calls whose result the runtime hides or does not offer.</summary>
/// <remarks>
/// .NET 10 never reports a failing fsync on Linux (its native shim returns +1 instead of -1), so files that promise durability
/// are flushed here. The first failure is final for the file: a second fsync may succeed although the pages are gone.
/// </remarks>
public static partial class Libc
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on Linux x64 and arm64.

    /// <summary>Flushes a file's data and metadata to the device.</summary>
    /// <exception cref="IOException">The device refused; <paramref name="path"/> and the error number are in the
    /// text.</exception>
    public static void Fsync(SafeFileHandle file, string path)
    {
        if (fsync(file) != 0) throw Failure("fsync", path);
    }

    /// <summary>Flushes a directory, which makes renames, creations and deletions inside it durable.</summary>
    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    public static void FsyncDirectory(string path)
    {
        var descriptor = open(path, ReadOnlyDirectory);
        if (descriptor < 0) throw Failure("open directory", path);
        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        Fsync(directory, path);
    }

    /// <summary>Gives a file or directory another name in one step, replacing a file that has it.</summary>
    /// <exception cref="IOException">The system refused; both paths and the error number are in the text.</exception>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0) throw Failure($"rename {from} to", to);
    }

    /// <summary>Lets other threads go first where processors are short, for the calling thread alone.</summary>
    /// <param name="increment">Added to its niceness: with 5 it gets a third of an ordinary thread's share, with 10 a
    /// tenth.</param>
    /// <remarks>Only a privileged process can take it back, so this is for threads that end with their work.</remarks>
    public static void LowerPriorityOfThread(int increment) => _ = nice(increment); // On Linux a thread's, and it cannot fail.

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc")]
    private static partial int nice(int increment);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint open(string path, int flags);
}
