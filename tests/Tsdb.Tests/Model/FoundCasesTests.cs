namespace Tsdb.Tests.Model;

/// <summary>What random steps found once, as they were shrunk.</summary>
public class FoundCasesTests
{
    private const long Start = 1_700_000_003_017;

    /// <summary>A series that left the head and came back has two references in the log; both records must outlive a
    /// checkpoint.</summary>
    [Fact]
    public void Restart_SeriesThatCameBackUnderAnotherReference_KeepsItsSamples() => Run(
        0,
        new Write(1, [new Entry(7, 0, new ValueSpec(ValueKind.Float, 15), false)]),
        new Scrape(26, 1, 61, 500, new ValueSpec(ValueKind.Float, 1)),
        new CutDue(60_000, false),
        new Wait(84_000),
        new Write(2, [new Entry(7, 0, new ValueSpec(ValueKind.Float, 21), false)]),
        new Commit(2),
        new Restart(),
        new Restart(),
        new CutDue(60_000, false),
        new Restart());

    /// <summary>A first sample that is refused for being too far ahead must not become the head's newest time.</summary>
    [Fact]
    public void Append_FirstSampleTooFarAhead_DoesNotRefuseTheRest() => Run(
        10_000,
        new Write(0, [new Entry(0, 1_000_000, new ValueSpec(ValueKind.Float, 1), false)]),
        new Commit(0),
        new Write(0, [new Entry(0, 0, new ValueSpec(ValueKind.Float, 1), false)]),
        new Commit(0));

    /// <summary>The same for histograms.</summary>
    [Fact]
    public void Append_FirstHistogramTooFarAhead_DoesNotRefuseTheRest() => Run(
        10_000,
        new Write(0, [new Entry(0, 1_000_000, new ValueSpec(ValueKind.Histogram, 1), false)]),
        new Commit(0),
        new Write(0, [new Entry(0, 0, new ValueSpec(ValueKind.Histogram, 1), false)]),
        new Commit(0));

    /// <summary>A tick that finds an empty window must not move the head's lower bound into what may still be
    /// appended.</summary>
    [Fact]
    public void CutDue_OfAnEmptyWindow_LeavesWhatMayBeAppended() => Run(
        OptionsOf(0) with { RangeMs = 7_200_000 },
        new Scrape(1, 1, 1, 30_000, new ValueSpec(ValueKind.Float, 49)),
        new CutDue(14_400_000, false),
        new Wait(23_040_000),
        new Write(1, [new Entry(0, 0, new ValueSpec(ValueKind.Float, 19), false)]),
        new CutDue(0, false));

    /// <summary>A block that ends far behind its last sample, as a shutdown cuts it across a gap, ends there for the next
    /// start (decision 0118).</summary>
    [Fact]
    public void Restart_AfterAFlushAcrossAGap_ReadsMoreOfTheLog() => Run(
        0,
        new Scrape(9, 1, 100, 250, new ValueSpec(ValueKind.Float, 1)),
        new Write(1, [new Entry(0, 180_000, new ValueSpec(ValueKind.Float, 41), false)]),
        new Flush(),
        new Restart(),
        new Scrape(9, 1, 10, 30_000, new ValueSpec(ValueKind.Float, 1)),
        new CutDue(0, false),
        new Restart());

    /// <summary>Markers that ended histograms are floats in the log. Those in a chunk file stay what they became, although the
    /// histograms before them are in a block and the head's part of the log says nothing of them.</summary>
    [Fact]
    public void Restart_EndOfHistogramsInAChunkFile_StaysOneOfThem() => Run(
        0,
        new Scrape(0, 1, 5, 5_000, new ValueSpec(ValueKind.Histogram, 1)),
        new Scrape(0, 1, 5, 5_000, new ValueSpec(ValueKind.Stale, 1)),
        new Scrape(0, 1, 2, 5_000, new ValueSpec(ValueKind.Float, 1)),
        new Maintain(),
        new CutDue(60_000, false),
        new Restart(),
        new Scrape(0, 1, 1, 5_000, new ValueSpec(ValueKind.Float, 2)));

    /// <summary>A series that left the head and came back has two references; a memory snapshot must name both, since the
    /// out-of-order log and chunk files go on to use the second.</summary>
    [Fact]
    public void Restart_FromASnapshotOfASeriesWithTwoReferences_KeepsItsLateSamples() => Run(
        OptionsOf(0) with { LateMs = 120_000, KeepsSnapshots = true },
        new Write(2, [new Entry(8, 0, new ValueSpec(ValueKind.Float, 52), false),
            new Entry(0, 625, new ValueSpec(ValueKind.Float, 33), false)]),
        new Flush(),
        new Scrape(7, 4, 1, 500, new ValueSpec(ValueKind.Float, 1)),
        new Crash(),
        new Restart());

    /// <summary>The out-of-order log goes on to use the second reference of a series that replay knows by its first: a checkpoint
    /// must keep both while there is anything of the series.</summary>
    [Fact]
    public void Restart_AfterACheckpointOfASeriesWithTwoReferences_KeepsItsLateSamples() => Run(
        OptionsOf(0) with { RangeMs = 7_200_000, LateMs = 14_400_000 },
        new Write(0, [new Entry(11, 0, new ValueSpec(ValueKind.Float, 39), false)]),
        new CutDue(21_600_000, false),
        new Scrape(11, 1, 1, 45_000, new ValueSpec(ValueKind.Float, 57)),
        new Restart(),
        new Restart(),
        new Flush(),
        new Restart());

    private static RunOptions OptionsOf(long futureMs) =>
        new(60_000, 1, Start, futureMs, LateMs: 0, LateCap: 32, SegmentPages: 1, IsCompressed: true);

    private static void Run(long futureMs, params Step[] steps) => Run(OptionsOf(futureMs), steps);

    private static void Run(RunOptions options, params Step[] steps)
    {
        using var run = new ModelRun(options);
        run.Run(steps);
    }
}
