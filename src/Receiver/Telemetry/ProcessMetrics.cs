using System.Globalization;

namespace Receiver.Telemetry;

/// <summary>The process_* family as every Prometheus client on Linux exports it, read from /proc at scrape time.</summary>
/// <remarks>Source: proc(5). A file that cannot be read leaves its series out: a scrape never fails for it.</remarks>
public static class ProcessMetrics
{
    // USER_HZ is 100 on every Linux architecture .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Adds the collector.</summary>
    public static void Register(MetricRegistry registry) => registry.AddCollector(static writer =>
    {
        try
        {
            WriteStat(writer);
            WriteLimits(writer);
            WriteNetwork(writer);
            WriteRuntime(writer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or /proc is hidden.
        }
    });

    private static void WriteStat(MetricWriter writer)
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // Field 3 (state) comes first: the name may hold blanks.
        writer.Counter(
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
            (Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
        writer.Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", Number(fields[20]));
        writer.Gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
            Number(fields[21]) * Environment.SystemPageSize);
        foreach (var line in File.ReadLines("/proc/stat"))
        {
            if (!line.StartsWith("btime ", StringComparison.Ordinal)) continue;
            writer.Gauge(
                "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.",
                Number(line["btime ".Length..]) + (Number(fields[19]) / TicksPerSecond));
        }
        writer.Gauge("process_open_fds", "Number of open file descriptors.",
            Directory.GetFileSystemEntries("/proc/self/fd").Length);
    }

    private static void WriteLimits(MetricWriter writer)
    {
        foreach (var line in File.ReadLines("/proc/self/limits"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith("Max open files", StringComparison.Ordinal))
                writer.Gauge("process_max_fds", "Maximum number of open file descriptors.", Limit(fields[3]));
            else if (line.StartsWith("Max address space", StringComparison.Ordinal))
                writer.Gauge("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.",
                    Limit(fields[3]));
        }
    }

    private static void WriteNetwork(MetricWriter writer)
    {
        string[]? names = null;
        foreach (var line in File.ReadLines("/proc/self/net/netstat"))
        {
            if (!line.StartsWith("IpExt:", StringComparison.Ordinal)) continue;
            var fields = line.Split(' ');
            if (names is null)
            {
                names = fields;
                continue;
            }
            var (received, sent) = (Array.IndexOf(names, "InOctets"), Array.IndexOf(names, "OutOctets"));
            writer.Counter(
                "process_network_receive_bytes_total",
                "Number of bytes received by the process over the network.",
                Number(fields[received]));
            writer.Counter(
                "process_network_transmit_bytes_total",
                "Number of bytes sent by the process over the network.",
                Number(fields[sent]));
        }
    }

    private static void WriteRuntime(MetricWriter writer)
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            writer.Counter(
                "dotnet_collection_count_total",
                "Garbage collections per generation.",
                GC.CollectionCount(generation),
                ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        }
        writer.Gauge("dotnet_total_memory_bytes", "Bytes of managed objects, garbage included.", GC.GetTotalMemory(false));
        writer.Counter("dotnet_allocated_bytes_total", "Bytes of managed objects ever allocated.", GC.GetTotalAllocatedBytes());
        writer.Counter("dotnet_gc_pause_seconds_total", "Time all threads stood still for collections.",
            GC.GetTotalPauseDuration().TotalSeconds);
        writer.Gauge("dotnet_threadpool_threads", "Threads of the pool.", ThreadPool.ThreadCount);
        writer.Gauge("dotnet_threadpool_queue_length", "Work items waiting for a thread of the pool.",
            ThreadPool.PendingWorkItemCount);
    }

    private static double Limit(string text) => text == "unlimited" ? ulong.MaxValue : Number(text);

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
