using System.Diagnostics;
using System.Globalization;

namespace Engine;

/// <summary>Adds up time, CPU time of the process and bytes allocated by this thread, between starts and stops.</summary>
internal sealed class UsageClock
{
    private long _startedAt;
    private TimeSpan _cpuAt;
    private TimeSpan _kernelAt;
    private long _allocatedAt;

    public TimeSpan Wall { get; private set; }

    public TimeSpan Cpu { get; private set; }

    /// <summary>What of <see cref="Cpu"/> the system took: writing files, most of all.</summary>
    public TimeSpan Kernel { get; private set; }

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
        var cpu = Environment.CpuUsage;
        (_cpuAt, _kernelAt) = (cpu.TotalTime, cpu.PrivilegedTime);
        _startedAt = Stopwatch.GetTimestamp();
    }

    public void Stop()
    {
        Wall += Stopwatch.GetElapsedTime(_startedAt);
        var cpu = Environment.CpuUsage;
        Cpu += cpu.TotalTime - _cpuAt;
        Kernel += cpu.PrivilegedTime - _kernelAt;
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
