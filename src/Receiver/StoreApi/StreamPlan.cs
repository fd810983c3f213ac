using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Receiver.StoreApi;

/// <summary>Decides how a tenant's series come out in the order of their final labels without holding them all.</summary>
/// <remarks>
/// Removing or overriding a label that the series store under differing values shuffles them. Within one value the order stays,
/// so
/// the selection is split by the values of such labels and the parts are merged: two or three parts for a replica label. Only
/// a label with very many values is sorted in memory.
/// </remarks>
internal static class StreamPlan
{
    // A part costs a cursor and a lookup per matcher; beyond this many, sorting is cheaper.
    private const int PartsMax = 64;

    /// <summary>Opens the streams of a tenant; merged, they are its reply.</summary>
    /// <param name="source">The tenant, entered.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="matchers">What is asked of the database; not empty.</param>
    /// <param name="sortBytesMax">Memory for sorting.</param>
    /// <param name="streams">Gets the streams; they read nothing yet.</param>
    public static void Open(SeriesSource source, SeriesQuery query, Matcher[] matchers, long sortBytesMax,
        List<SeriesStream> streams)
    {
        if (TrySplit(source, query, matchers) is { } parts)
        {
            foreach (var part in parts) streams.Add(new StackedStream(new SeriesReader(source, query, part)));
            return;
        }
        streams.Add(new SortedStream(new SeriesReader(source, query, matchers), sortBytesMax));
    }

    // The matchers of each part; null when the series must be sorted.
    private static List<Matcher[]>? TrySplit(SeriesSource source, SeriesQuery query, Matcher[] matchers)
    {
        List<Matcher[]> parts = [matchers];
        var lastAdded = LastName(FinalLabels.Without(source.ExternalLabels, query.Removed));
        foreach (var name in Shuffling(source, query))
        {
            // A series that ends with a removed label would become the beginning of earlier ones, unless an added label follows.
            if (FinalLabels.Contains(query.Removed, name) && lastAdded.AsSpan().SequenceCompareTo(name) < 0) return null;
            if (IsPinned(matchers, name)) continue;
            var values = source.LabelValues(name, query.MinTimeMs, query.MaxTimeMs, matchers);
            if ((values.Count + 1L) * parts.Count > PartsMax) return null;
            if (values.Count > 0) parts = Split(parts, name, values);
        }
        return parts;
    }

    private static byte[] LastName(LabelSet labels)
    {
        byte[] last = [];
        foreach (var label in labels) last = label.Name.ToArray();
        return last;
    }

    private static List<Matcher[]> Split(List<Matcher[]> parts, byte[] name, IReadOnlyList<ReadOnlyMemory<byte>> values)
    {
        var split = new List<Matcher[]>(parts.Count * (values.Count + 1));
        foreach (var part in parts)
        {
            split.Add([.. part, Equal(name, default)]); // The series without the label.
            for (var i = 0; i < values.Count; i++) split.Add([.. part, Equal(name, values[i].Span)]);
        }
        return split;
    }

    // Names that are removed or overridden and that the database has at all.
    private static List<byte[]> Shuffling(SeriesSource source, SeriesQuery query)
    {
        var names = new List<byte[]>();
        foreach (var name in query.Removed) Consider(name);
        foreach (var label in source.ExternalLabels) Consider(label.Name);
        return names;

        void Consider(ReadOnlySpan<byte> name)
        {
            if (FinalLabels.Contains(names, name)) return;
            if (source.LabelValues(name, query.MinTimeMs, query.MaxTimeMs, []).Count > 0) names.Add(name.ToArray());
        }
    }

    private static bool IsPinned(Matcher[] matchers, ReadOnlySpan<byte> name)
    {
        foreach (var matcher in matchers)
        {
            if (matcher.Type == MatchType.Equal && matcher.Name.SequenceEqual(name)) return true;
        }
        return false;
    }

    private static Matcher Equal(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Matcher.TryCreate(MatchType.Equal, name, value, out var matcher, out _);
        return matcher;
    }
}
