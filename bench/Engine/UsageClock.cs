using System.Diagnostics;
using System.Globalization;

namespace Engine;

/// <summary>Adds up time, CPU time of the process and bytes allocated by this thread, between starts and stops.</summary>
internal sealed class UsageClock
{
    private long _startedAt;
    private TimeSpan _cpuAt;
    private long _allocatedAt;

    public TimeSpan Wall { get; private set; }

    public TimeSpan Cpu { get; private set; }

    public long AllocatedBytes { get; private set; }

    /// <summary>Resident bytes of this process now.</summary>
    public static long RssBytes => Status("VmRSS:");

    /// <summary>Most resident bytes of this process since <see cref="ResetPeak"/>.</summary>
    public static long PeakRssBytes => Status("VmHWM:");

    /// <summary>Begins a new peak of resident bytes.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5"); // 5 resets VmHWM: proc(5).

    public void Start()
    {
        _allocatedAt = GC.GetAllocatedBytesForCurrentThread();
        _cpuAt = Environment.CpuUsage.TotalTime;
        _startedAt = Stopwatch.GetTimestamp();
    }

    public void Stop()
    {
        Wall += Stopwatch.GetElapsedTime(_startedAt);
        Cpu += Environment.CpuUsage.TotalTime - _cpuAt;
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - _allocatedAt;
    }

    private static long Status(string name)
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(name.Length, line.Length - name.Length - 2), CultureInfo.InvariantCulture) * 1024;
        }
        return 0;
    }
}
