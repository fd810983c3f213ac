using System.Diagnostics;
using System.Globalization;

namespace TestKit;

/// <summary>A file system of a few MiB that really runs full: a tmpfs of its own, unmounted on disposal. Needs root on
/// Linux.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.Path;

    /// <summary>Mounts a disk, or says why it cannot be had.</summary>
    public static SmallDisk? TryMount(int sizeKiB, out string reason)
    {
        var disk = new SmallDisk();
        reason = Run("mount", "-t", "tmpfs", "-o", Size(sizeKiB), "tmpfs", disk.Path);
        if (reason.Length == 0) return disk;
        disk._folder.Dispose();
        return null;
    }

    /// <summary>Changes the size; what does not fit is refused by the kernel.</summary>
    public void Resize(int sizeKiB) => Remount(Size(sizeKiB));

    /// <summary>Makes it read-only, or writable again.</summary>
    public void SetReadOnly(bool isReadOnly) => Remount(isReadOnly ? "ro" : "rw");

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static string Size(int sizeKiB) => string.Create(CultureInfo.InvariantCulture, $"size={sizeKiB}k");

    private void Remount(string options)
    {
        var problem = Run("mount", "-o", "remount," + options, Path);
        if (problem.Length > 0) throw new InvalidOperationException(problem);
    }

    private static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"{program}: {error.Trim()} (exit code {process.ExitCode})";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{program}: {e.Message}";
        }
    }
}
