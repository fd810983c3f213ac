using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head.Replay;

/// <summary>One entry of a series record, decoded and hashed by the thread that reads ahead.</summary>
/// <param name="Key">The series' identity.</param>
/// <param name="Ref">Its reference in the head that wrote the log.</param>
/// <param name="LabelsAt">Where its labels begin in the record, bytes.</param>
/// <param name="LabelsLength">Their length, bytes.</param>
internal readonly record struct SeriesAhead(KeyHash Key, ulong Ref, int LabelsAt, int LabelsLength)
{
    /// <summary>Decodes a record up to its end or a defect.</summary>
    /// <param name="record">Of any type; only series records have entries.</param>
    /// <param name="to">Gets the entries.</param>
    /// <param name="scratch">A buffer of the caller's; overwritten.</param>
    /// <returns>How the reading went.</returns>
    public static RecordStatus Decode(ReadOnlySpan<byte> record, List<SeriesAhead> to, ByteBuffer scratch)
    {
        if (RecordTypes.Of(record) != RecordType.Series) return RecordStatus.Ok;
        var reader = new SeriesReader(record);
        while (reader.Read())
        {
            record.Overlaps(reader.Labels, out var labelsAt);
            to.Add(new SeriesAhead(
                CanonicalKey.Compute(reader.Labels, scratch), reader.Ref, labelsAt, reader.Labels.Length));
        }
        return reader.Status;
    }

    /// <summary>The labels in the log's sub-format.</summary>
    /// <param name="record">The record that was decoded.</param>
    public ReadOnlySpan<byte> LabelsIn(ReadOnlySpan<byte> record) => record.Slice(LabelsAt, LabelsLength);
}
