using System.Text.Json.Nodes;

namespace Tsdb.Tests.Head.Sequences;

/// <summary>The counters of a head under the names that upstream exports.</summary>
internal static class SequenceMetrics
{
    private const string Prefix = "prometheus_tsdb_";
    private const string Appended = Prefix + "head_samples_appended_total{type=";

    /// <summary>Compares the recorded metrics that are counted here. Upstream's gauge of chunks is not: it rises with refused
    /// samples, too, and falls below zero.</summary>
    public static void Compare(Database database, JsonNode recorded, Action<string, string> same)
    {
        var counted = Of(database);
        // A float's stale marker that becomes a histogram's is counted as what it came as.
        if (recorded[Appended + "float}"] is { } floats && recorded[Appended + "histogram}"] is { } histograms)
        {
            var samples = database.HeadCounters.SamplesAppended + database.HeadCounters.HistogramsAppended;
            same($"samples {floats.GetValue<long>() + histograms.GetValue<long>()}", $"samples {samples}");
        }
        foreach (var (name, value) in recorded.AsObject())
        {
            if (counted.TryGetValue(name[Prefix.Length..], out var count)) same($"{name} {value}", $"{name} {count}");
        }
    }

    private static Dictionary<string, long> Of(Database database)
    {
        var counters = database.HeadCounters;
        return new Dictionary<string, long>
        {
            ["head_series_created_total"] = counters.SeriesCreated,
            ["out_of_order_samples_total{type=float}"] = counters.OutOfOrder,
            ["head_series_removed_total"] = counters.SeriesRemoved,
            ["head_out_of_order_samples_appended_total{type=float}"] = counters.LateAppended,
            ["head_out_of_order_samples_appended_total{type=histogram}"] = counters.LateHistogramsAppended,
            ["too_old_samples_total{type=float}"] = counters.TooOld,
            ["exemplar_out_of_order_exemplars_total"] = database.ExemplarCounters.OutOfOrder,
            ["out_of_bound_samples_total{type=float}"] = counters.OutOfBounds,
        };
    }
}
