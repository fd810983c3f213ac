using Tsdb.Labels;
using Tsdb.Wal;

namespace Tsdb.Head.Exemplars;

/// <summary>Replays the exemplars of a log.</summary>
/// <param name="head">The head that is rebuilt.</param>
/// <param name="indexOf">The series that a reference of the log means, or <see cref="AppendItem.NoSeries"/>.</param>
/// <param name="minTimeMs">Those before are passed over. A log says this of what is in blocks; a memory snapshot is the ring as
/// it was, whatever its times.</param>
internal sealed class ExemplarsReplay(TsdbHead head, Func<ulong, uint> indexOf, Func<long> minTimeMs)
{
    /// <summary>Replays one record; what the ring refuses is dropped as at commit.</summary>
    /// <returns>How the reading went, and how many entries there were.</returns>
    public (RecordStatus Status, int Count) Read(ReadOnlySpan<byte> record)
    {
        if (!head.Exemplars.IsEnabled) return (RecordStatus.Ok, 0);
        var reader = new ExemplarsReader(record);
        while (reader.Read())
        {
            if (reader.TimestampMs < minTimeMs()) continue;
            var index = indexOf(reader.Ref);
            if (index == AppendItem.NoSeries)
            {
                head.Counters.ReplayUnknownExemplars++;
                continue;
            }
            var labels = LabelSet.FromEncoded(reader.Labels);
            var exemplar = new Exemplar(labels, reader.ValueBits, reader.TimestampMs, HasTimestamp: false);
            head.Exemplars.Add(head.Series.Hot[index].Key, exemplar, () => head.LabelsOf(index));
        }
        return (reader.Status, reader.Count);
    }
}
