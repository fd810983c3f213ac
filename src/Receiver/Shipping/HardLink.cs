using System.Runtime.InteropServices;

namespace Receiver.Shipping;

/// <summary>A second name for a file, which keeps its content while the first name may be deleted.</summary>
internal static class HardLink
{
    /// <exception cref="IOException">The system refused; both paths and the error number are in the text.</exception>
    public static void Create(string existing, string added)
    {
        if (link(existing, added) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        throw new IOException($"link {existing} {added}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
    }

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string added);
}
