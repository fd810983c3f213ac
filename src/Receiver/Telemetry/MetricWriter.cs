using Tsdb.Memory;

namespace Receiver.Telemetry;

/// <summary>Gathers the series of one scrape, family by family, and writes them sorted by name.</summary>
/// <remarks>
/// Collectors may give the series of a family in any order and from several places (one collector a tenant, say): lines are kept
/// per family until <see cref="Finish"/>. One thread; disposal returns the memory.
/// </remarks>
public sealed class MetricWriter(MetricFormat format) : IDisposable
{
    private readonly Dictionary<string, ByteBuffer> _families = new(StringComparer.Ordinal);
    private readonly ByteBuffer _labels = new(256);

    /// <summary>Adds a series of a counter; the name includes <c>_total</c>.</summary>
    public void Counter(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        WriteValue(name, help, MetricKind.Counter, Render(labels), value);

    /// <summary>Adds a series of a gauge.</summary>
    public void Gauge(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        WriteValue(name, help, MetricKind.Gauge, Render(labels), value);

    /// <summary>Adds a series of a histogram.</summary>
    /// <param name="name">Name without suffix.</param>
    /// <param name="help">One sentence.</param>
    /// <param name="bounds">Upper bounds, ascending, without +Inf.</param>
    /// <param name="counts">Observations per bucket, not cumulative; one more than bounds.</param>
    /// <param name="sum">Sum of all observations.</param>
    /// <param name="labels">Name and value pairs.</param>
    public void Histogram(
        string name,
        string help,
        ReadOnlySpan<double> bounds,
        ReadOnlySpan<long> counts,
        double sum,
        params ReadOnlySpan<(string Name, string Value)> labels) =>
            WriteHistogram(name, help, Render(labels), bounds, counts, sum);

    /// <summary>Adds a series of a summary.</summary>
    /// <param name="name">Name without suffix.</param>
    /// <param name="help">One sentence.</param>
    /// <param name="ranks">Quantile ranks, 0 to 1.</param>
    /// <param name="values">The value at each rank; NaN when unknown.</param>
    /// <param name="count">Observations since the start.</param>
    /// <param name="sum">Their sum.</param>
    /// <param name="labels">Name and value pairs.</param>
    public void Summary(
        string name,
        string help,
        ReadOnlySpan<double> ranks,
        ReadOnlySpan<double> values,
        long count,
        double sum,
        params ReadOnlySpan<(string Name, string Value)> labels) =>
            WriteSummary(name, help, Render(labels), ranks, values, count, sum);

    /// <summary>Writes everything gathered, families in order of their names.</summary>
    public void Finish(ByteBuffer output)
    {
        string[] names = [.. _families.Keys];
        Array.Sort(names, StringComparer.Ordinal);
        foreach (var name in names) output.Write(_families[name].Written);
        if (format.IsOpenMetrics) output.Write("# EOF\n"u8);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var family in _families.Values) family.Dispose();
        _families.Clear();
        _labels.Dispose();
    }

    /// <summary>Adds one line of a counter or gauge whose labels are rendered already.</summary>
    internal void WriteValue(string name, string help, MetricKind kind, ReadOnlySpan<byte> labels, double value)
    {
        var family = Family(name, help, kind);
        var isBareCounter = kind == MetricKind.Counter && format.IsOpenMetrics
            && !name.EndsWith("_total", StringComparison.Ordinal);
        Line(family, name, isBareCounter ? "_total"u8 : default, labels, default, double.NaN, value);
    }

    /// <summary>Adds the lines of one histogram whose labels are rendered already.</summary>
    internal void WriteHistogram(
        string name, string help, ReadOnlySpan<byte> labels, ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum)
    {
        var family = Family(name, help, MetricKind.Histogram);
        long total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            Line(family, name, "_bucket"u8, labels, "le"u8, i < bounds.Length ? bounds[i] : double.PositiveInfinity, total);
        }
        Line(family, name, "_sum"u8, labels, default, 0, sum);
        Line(family, name, "_count"u8, labels, default, 0, total);
    }

    /// <summary>Adds the lines of one summary whose labels are rendered already.</summary>
    internal void WriteSummary(
        string name, string help, ReadOnlySpan<byte> labels, ReadOnlySpan<double> ranks, ReadOnlySpan<double> values, long count,
        double sum)
    {
        var family = Family(name, help, MetricKind.Summary);
        for (var i = 0; i < ranks.Length; i++) Line(family, name, default, labels, "quantile"u8, ranks[i], values[i]);
        Line(family, name, "_sum"u8, labels, default, 0, sum);
        Line(family, name, "_count"u8, labels, default, 0, count);
    }

    private ByteBuffer Family(string name, string help, MetricKind kind)
    {
        if (_families.TryGetValue(name, out var family)) return family;
        family = new ByteBuffer(1024);
        _families.Add(name, family);
        var bare = format.IsOpenMetrics && kind == MetricKind.Counter && name.EndsWith("_total", StringComparison.Ordinal)
            ? name[..^"_total".Length]
            : name;
        family.Write("# HELP "u8);
        LabelText.WriteText(family, bare);
        family.WriteByte((byte)' ');
        LabelText.WriteEscaped(family, help, escapeQuotes: format.IsOpenMetrics);
        family.Write("\n# TYPE "u8);
        LabelText.WriteText(family, bare);
        family.Write(kind switch
        {
            MetricKind.Counter => " counter\n"u8,
            MetricKind.Gauge => " gauge\n"u8,
            MetricKind.Histogram => " histogram\n"u8,
            _ => " summary\n"u8,
        });
        return family;
    }

    private void Line(
        ByteBuffer family,
        string name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> labels,
        ReadOnlySpan<byte> extraName,
        double extraValue,
        double value)
    {
        LabelText.WriteText(family, name);
        family.Write(suffix);
        if (labels.Length + extraName.Length > 0)
        {
            family.WriteByte((byte)'{');
            family.Write(labels);
            if (labels.Length > 0 && extraName.Length > 0) family.WriteByte((byte)',');
            if (extraName.Length > 0)
            {
                family.Write(extraName);
                family.Write("=\""u8);
                NumberText.Write(family, extraValue, format.IsOpenMetrics);
                family.WriteByte((byte)'"');
            }
            family.WriteByte((byte)'}');
        }
        family.WriteByte((byte)' ');
        var isWhole = suffix.SequenceEqual("_bucket"u8) || suffix.SequenceEqual("_count"u8); // OpenMetrics wants 3.0 elsewhere.
        NumberText.Write(family, value, format.IsOpenMetrics && !isWhole);
        family.WriteByte((byte)'\n');
    }

    private ReadOnlySpan<byte> Render(ReadOnlySpan<(string Name, string Value)> labels)
    {
        _labels.Clear();
        foreach (var (name, value) in labels) LabelText.WritePair(_labels, name, value);
        return _labels.Written;
    }
}
