namespace Tsdb.Head.Replay;

/// <summary>Counts what the log says about series that it does not know.</summary>
internal sealed class UnknownRefs(HeadCounters counters)
{
    /// <summary>Distinct references remembered; those of a log that goes wrong without end are not.</summary>
    private const int SeriesMax = 1_000_000;

    private readonly HashSet<ulong> _series = [];

    /// <summary>Counts a reference, once.</summary>
    public void Add(ulong reference)
    {
        if (_series.Count < SeriesMax && _series.Add(reference)) counters.ReplayUnknownSeries++;
    }

    /// <summary>One line with the numbers, or null when there is nothing to tell.</summary>
    public string? Summary =>
        _series.Count == 0 ? null
            : $"Unknown series references series={counters.ReplayUnknownSeries} samples={counters.ReplayUnknownSamples} "
            + $"histograms={counters.ReplayUnknownHistograms} exemplars={counters.ReplayUnknownExemplars} "
            + $"metadata={counters.ReplayUnknownMetadata} tombstones={counters.ReplayUnknownTombstones}";
}
