using Tsdb.Wal;

namespace Tsdb.Head.Metadata;

/// <summary>Replays the metadata of a log.</summary>
/// <param name="head">The head that is rebuilt.</param>
/// <param name="indexOf">The series that a reference of the log means, or <see cref="AppendItem.NoSeries"/>.</param>
internal sealed class MetadataReplay(TsdbHead head, Func<ulong, uint> indexOf)
{
    /// <summary>Replays one record.</summary>
    /// <returns>How the reading went, and how many entries there were.</returns>
    public (RecordStatus Status, int Count) Read(ReadOnlySpan<byte> record)
    {
        var reader = new MetadataReader(record);
        while (reader.Read())
        {
            var index = indexOf(reader.Ref);
            if (index == AppendItem.NoSeries)
            {
                head.RaiseLastRef(reader.Ref); // A checkpoint puts metadata behind all series: no other may bear the reference.
                head.Counters.ReplayUnknownMetadata++;
                continue;
            }
            head.Metadata.Set(index, new SeriesMetadata((MetricType)reader.Type, reader.Unit, reader.Help));
        }
        return (reader.Status, reader.Count);
    }
}
