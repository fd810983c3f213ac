using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Engine;

/// <summary>How long this thread was ready to run and had no processor; what other programs take must not count.</summary>
/// <remarks>Second number of /proc/thread-self/schedstat, nanoseconds. Belongs to the thread that made it.</remarks>
internal sealed class RunQueue : IDisposable
{
    private readonly byte[] _text = new byte[128];
    private readonly SafeFileHandle _file = File.OpenHandle(
        Directory.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false) is { } task
            ? Path.Combine("/proc", Path.GetRelativePath("/proc", task.FullName), "schedstat")
            : "/proc/thread-self/schedstat");

    public double WaitedSeconds
    {
        get
        {
            var text = _text.AsSpan(0, RandomAccess.Read(_file, _text, 0));
            var from = text.IndexOf((byte)' ') + 1;
            return Utf8Parser.TryParse(text[from..], out long nanoseconds, out _) ? nanoseconds / 1e9 : 0;
        }
    }

    public void Dispose() => _file.Dispose();
}
