using System.Globalization;
using System.Linq;
using System.Text;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Head;

namespace Tsdb.Tests.Crashes;

/// <summary>Exemplars and metadata that one series gets along with its samples, and what was acknowledged of them.</summary>
internal sealed class CrashSideData
{
    private readonly HashSet<long> _attempted = [];
    private readonly List<(int Position, long T)> _exemplars = [];
    private readonly List<(int Position, int Round)> _metadata = [];
    private int _newestRound = -1;
    private (long T, int Round)? _pending;

    /// <summary>Adds one of each to a request that has a sample of the series.</summary>
    public void Append(HeadAppender appender, LabelSet series, long t, int round)
    {
        AppendItem[] items = [new AppendItem { Key = KeyedHash.Compute(series.Encoded) }];
        appender.Find(items);
        if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], series.Encoded);
        var exemplar = new ExemplarItem
        {
            SeriesIndex = items[0].SeriesIndex,
            TimestampMs = t,
            HasTimestamp = true,
            ValueBits = BitConverter.DoubleToUInt64Bits(round),
            Labels = LabelSet.FromStrings(("trace", t.ToString(CultureInfo.InvariantCulture))),
        };
        appender.AppendExemplar(ref exemplar);
        Assert.Equal(ExemplarResult.Appended, exemplar.Result);
        var help = Encoding.UTF8.GetBytes(round.ToString(CultureInfo.InvariantCulture));
        var result = appender.SetMetadata(items[0].SeriesIndex, new SeriesMetadata(MetricType.Counter, ""u8, help));
        Assert.Equal(MetadataResult.Accepted, result);
        _attempted.Add(t);
        _newestRound = round;
        _pending = (t, round);
    }

    /// <summary>The request was committed.</summary>
    /// <param name="position">The disk's.</param>
    public void Acknowledge(int position)
    {
        if (_pending is not { } pending) return;
        _exemplars.Add((position, pending.T));
        _metadata.Add((position, pending.Round));
        _pending = null;
    }

    /// <summary>The request was not committed.</summary>
    public void Forget() => _pending = null;

    /// <summary>Compares what a database has with what had been acknowledged when its disk was at a position.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? Compare(Database database, int position)
    {
        var stored = new HashSet<long>();
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
            stored.UnionWith(series.Exemplars.Select(static e => e.TimestampMs));
        if (stored.Any(t => !_attempted.Contains(t))) return "an exemplar was never appended";
        // A log says nothing of what is in blocks.
        var newestEnd = long.MinValue;
        foreach (var block in database.Blocks)
            newestEnd = block.Meta.Hints.Count > 0 ? newestEnd : Math.Max(newestEnd, block.Meta.MaxTimeMs);
        foreach (var (at, t) in _exemplars)
            if (at <= position && t >= newestEnd && !stored.Contains(t)) return $"the exemplar of {t} is lost";
        return CompareMetadata(database, position);
    }

    /// <summary>A memory snapshot has no metadata, as upstream's; after a start from one only what is set later is
    /// known.</summary>
    private string? CompareMetadata(Database database, int position)
    {
        var acknowledged = -1;
        foreach (var (at, round) in _metadata) acknowledged = at <= position ? round : acknowledged;
        var found = database.SelectMetadata(HistogramDump.Everything);
        if (found.Count == 0)
            return acknowledged < 0 || database.Options.MemorySnapshotOnShutdown ? null : $"metadata {acknowledged} is lost";
        var text = Encoding.UTF8.GetString(found[0].Metadata.Help);
        var read = int.Parse(text, CultureInfo.InvariantCulture);
        return read >= acknowledged && read <= _newestRound ? null : $"metadata is {read}, acknowledged was {acknowledged}";
    }
}
