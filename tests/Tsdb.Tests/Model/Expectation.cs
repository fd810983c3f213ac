using System.Linq;
using Tsdb.Chunks;
using Tsdb.Labels;

namespace Tsdb.Tests.Model;

/// <summary>Compares what was read with what the twin has, one line for each sample.</summary>
internal static class Expectation
{
    /// <summary>Fails with the first difference. Where a time has several values, any of them may have been read.</summary>
    /// <param name="twin">What there should be.</param>
    /// <param name="isAsked">Which series.</param>
    /// <param name="from">First time.</param>
    /// <param name="to">Last time, inclusive.</param>
    /// <param name="found">What was read.</param>
    public static void Check(Twin twin, Predicate<int> isAsked, long from, long to,
        List<(LabelSet Labels, SortedDictionary<long, string> Samples)> found)
    {
        var visible = twin.Visible.ToDictionary(static s => s.Series, static s => s.Samples);
        foreach (var (labels, samples) in found)
        {
            var series = ModelSeries.Id(labels);
            foreach (var (t, content) in samples.ToArray())
            {
                var isKnown = visible.TryGetValue(series, out var known) && known.ContainsKey(t);
                if (!isKnown && twin.MayComeBack(series, t, content)) samples.Remove(t);
            }
        }
        found.RemoveAll(static s => s.Samples.Count == 0);
        var byLabels = found.ToDictionary(static s => s.Labels, static s => s.Samples);
        var expected = new List<(LabelSet Labels, SortedDictionary<long, string> Samples)>();
        foreach (var (series, samples) in visible)
        {
            if (!isAsked(series)) continue;
            var labels = ModelSeries.Labels(series);
            var texts = new SortedDictionary<long, string>();
            foreach (var (t, held) in samples)
            {
                if (t < from || t > to || held.Count == 0) continue;
                var read = byLabels.TryGetValue(labels, out var ofSeries) ? ofSeries.GetValueOrDefault(t, "") : "";
                if (read.Length == 0 && held.TrueForAll(static h => h.CameBack)) continue;
                var known = held.Find(h => IsSame(h, read, twin.KeepsLate));
                if (known is not null) twin.AdoptEnd(series, t, known, read);
                texts.Add(t, known is null && twin.MayComeBack(series, t, read) ? read : (known ?? held[0]).Value.Content);
            }
            if (texts.Count > 0) expected.Add((labels, texts));
        }
        expected.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        Difference.None(StoredSeries.Text(expected), StoredSeries.Text(found));
    }

    /// <summary>With samples out of order, a series may stay in the head longer than its samples, and with it the knowledge that
    /// it had histograms: a stale marker may then be one of them or a float. It may as well after a restart, when the histograms
    /// before it are in blocks: the log has a float, a chunk file what that became.</summary>
    private static bool IsSame(Held held, string read, bool isLoose) =>
        held.Value.Content == read || ((isLoose || held.IsOfEitherKind) && held.Value.IsStale && IsStale(read));

    private static bool IsStale(string read) =>
        read.StartsWith("stale", StringComparison.Ordinal) || read == ModelValue.Of(StaleMarker.Bits).Content;
}
