using System.Globalization;

namespace Load;

/// <summary>Reads what a process has used, from /proc.</summary>
internal static class TargetProcess
{
    /// <summary>Clock ticks a second in /proc/PID/stat; fixed at 100 for user space on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Reads processes and adds them up; one that has ended counts as nothing.</summary>
    public static ProcessUsage Read(IReadOnlyList<int> pids)
    {
        var sum = default(ProcessUsage);
        foreach (var pid in pids)
        {
            var one = Read(pid);
            sum = new ProcessUsage(
                sum.CpuSeconds + one.CpuSeconds, sum.RssBytes + one.RssBytes, sum.PeakRssBytes + one.PeakRssBytes);
        }
        return sum;
    }

    private static ProcessUsage Read(int pid)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        if (!Directory.Exists(folder)) return default;
        var stat = File.ReadAllText(folder + "/stat");
        // The name in parentheses may hold spaces; what follows it starts with field 3.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
        long rss = 0, peak = 0;
        foreach (var line in File.ReadLines(folder + "/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal)) rss = Number(line[6..^2]) * 1024;
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal)) peak = Number(line[6..^2]) * 1024;
        }
        return new ProcessUsage(ticks / TicksPerSecond, rss, peak);
    }

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);
}

/// <summary>CPU seconds since the start, user and kernel; resident bytes now and at most.</summary>
internal readonly record struct ProcessUsage(double CpuSeconds, long RssBytes, long PeakRssBytes);
