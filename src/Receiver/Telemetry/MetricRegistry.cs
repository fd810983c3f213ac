using System.Collections.Concurrent;
using Tsdb.Memory;

namespace Receiver.Telemetry;

/// <summary>Every instrument of the process, and how to write them for a scrape.</summary>
/// <remarks>
/// Shaped like prometheus-net: ask once for a family, resolve children with <c>WithLabels</c> at construction, then only say what
/// happened. Asking again for a name gives the same family. Values that somebody else counts are read at scrape time by a
/// collector.
/// </remarks>
public sealed class MetricRegistry(TimeProvider clock)
{
    private static readonly double[] UsualQuantiles = [0.5, 0.9, 0.99];
    private readonly ConcurrentDictionary<string, IMetricFamily> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Action<MetricWriter>, bool> _collectors = new();

    /// <summary>A registry on the system clock.</summary>
    public MetricRegistry()
        : this(TimeProvider.System)
    {
    }

    /// <summary>A counter; its name ends in <c>_total</c>.</summary>
    public Counter CreateCounter(string name, string help, params string[] labels) =>
        Add(name, static (n, a) => new Counter(n, a.Help, a.Labels), (Help: help, Labels: labels));

    /// <summary>A gauge.</summary>
    public Gauge CreateGauge(string name, string help, params string[] labels) =>
        Add(name, static (n, a) => new Gauge(n, a.Help, a.Labels), (Help: help, Labels: labels));

    /// <summary>A histogram with <see cref="Histogram.DefaultBuckets"/>.</summary>
    public Histogram CreateHistogram(string name, string help, params string[] labels) =>
        CreateHistogram(name, help, [.. Histogram.DefaultBuckets], labels);

    /// <summary>A histogram with its own upper bounds, ascending, without +Inf.</summary>
    public Histogram CreateHistogram(string name, string help, double[] buckets, params string[] labels) =>
        Add(name, static (n, a) => new Histogram(n, a.Help, a.Buckets, a.Labels), (Help: help, Buckets: buckets, Labels: labels));

    /// <summary>A summary of the median, the 90th and the 99th percentile.</summary>
    public Summary CreateSummary(string name, string help, params string[] labels) =>
        CreateSummary(name, help, UsualQuantiles, labels);

    /// <summary>A summary of the given quantile ranks, each between 0 and 1.</summary>
    public Summary CreateSummary(string name, string help, double[] quantiles, params string[] labels) =>
        Add(
            name,
            static (n, a) => new Summary(n, a.Help, a.Quantiles, a.Clock, a.Labels),
            (Help: help, Quantiles: quantiles, Clock: clock, Labels: labels));

    /// <summary>Has <paramref name="collector"/> called at every scrape, on the scraping thread.</summary>
    public void AddCollector(Action<MetricWriter> collector) => _collectors.TryAdd(collector, true);

    /// <summary>Stops calling a collector.</summary>
    public void RemoveCollector(Action<MetricWriter> collector) => _collectors.TryRemove(collector, out _);

    /// <summary>Forgets a family and all its series.</summary>
    public void Unregister(string name) => _families.TryRemove(name, out _);

    /// <summary>Writes everything in the given form.</summary>
    public void Write(ByteBuffer output, MetricFormat format)
    {
        using var writer = new MetricWriter(format);
        foreach (var family in _families.Values) family.Write(writer);
        foreach (var collector in _collectors.Keys) collector(writer);
        writer.Finish(output);
    }

    private TFamily Add<TFamily, TArgs>(string name, Func<string, TArgs, TFamily> create, TArgs args)
        where TFamily : class, IMetricFamily
    {
        var family = _families.GetOrAdd(name, static (n, a) => a.Create(n, a.Args), (Create: create, Args: args));
        return family as TFamily
            ?? throw new InvalidOperationException($"BUG: metric {name} exists as a {family.Kind}");
    }
}
