using System.Globalization;
using System.Text;

namespace Load;

/// <summary>Turns a run into text for people and into key=value lines for scripts.</summary>
internal static class Report
{
    private const double Mebi = 1 << 20;

    public static string ForPeople(LoadRun run, RequestFactory factory)
    {
        var text = new StringBuilder();
        var samples = (double)factory.Samples;
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"a sample: {factory.LabelTextBytes / samples:0} B of label text, {factory.PlainBytes / samples:0} B plain, "
            + $"{factory.CompressedBytes / samples:0.0} B snappy");
        text.AppendLine(
            "phase      samples      samples/s  CPU-s/M  RSS MiB  p50 ms  p99 ms  p99.9 ms  max ms  own CPU-s/M  errors");
        AddLine(text, "created", run.Creation);
        AddLine(text, "steady", run.Steady);
        if (run.Steady.Samples > 0)
            text.AppendLine(CultureInfo.InvariantCulture, $"steady with what settled afterwards: {Settled(run):0.000} CPU-s/M");
        foreach (var phase in (PhaseResult[])[run.Creation, run.Steady])
        {
            if (phase.Errors == 0) continue;
            text.AppendLine(
                CultureInfo.InvariantCulture, $"statuses {string.Join(", ", phase.Statuses)}; first error {phase.FirstError}");
        }
        return text.ToString();
    }

    public static string ForScripts(LoadRun run)
    {
        var text = new StringBuilder();
        foreach (var (name, phase) in (ReadOnlySpan<(string, PhaseResult)>)[("created", run.Creation), ("steady", run.Steady)])
        {
            Put(text, name + "_cpu_per_m", phase.CpuPerMillion);
            Put(text, name + "_rate", Rate(phase));
            Put(text, name + "_rss_mib", phase.After.RssBytes / Mebi);
            Put(text, name + "_p50_ms", phase.LatencyMs(0.5));
            Put(text, name + "_p99_ms", phase.LatencyMs(0.99));
            Put(text, name + "_p999_ms", phase.LatencyMs(0.999));
            Put(text, name + "_errors", phase.Errors);
            Put(text, name + "_own_cpu_per_m", OwnPerMillion(phase));
        }
        Put(text, "settled_cpu_per_m", Settled(run));
        return text.ToString();
    }

    private static void AddLine(StringBuilder text, string name, PhaseResult phase)
    {
        if (phase.Samples == 0) return;
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{name,-8}{phase.Samples,10}{Rate(phase),15:0}{phase.CpuPerMillion,9:0.000}{phase.After.RssBytes / Mebi,9:0}"
            + $"{phase.LatencyMs(0.5),8:0.0}{phase.LatencyMs(0.99),8:0.0}{phase.LatencyMs(0.999),10:0.0}"
            + $"{phase.LatencyMs(1),8:0.0}{OwnPerMillion(phase),13:0.000}{phase.Errors,8}");
    }

    private static double Rate(PhaseResult phase) => phase.Seconds == 0 ? 0 : phase.Samples / phase.Seconds;

    private static double OwnPerMillion(PhaseResult phase) => phase.Samples == 0 ? 0 : phase.OwnCpuSeconds / phase.Samples * 1e6;

    private static double Settled(LoadRun run) =>
        run.Steady.Samples == 0 ? 0 : (run.Steady.TargetCpuSeconds + run.SettleCpuSeconds) / run.Steady.Samples * 1e6;

    private static void Put(StringBuilder text, string key, double value) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"{key}={value:0.####}");
}
