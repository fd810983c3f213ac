using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>What is wrong with a series' labels, judged in the order received and by unsigned bytes.</summary>
public enum LabelsVerdict : byte
{
    /// <summary>Sorted, unique, nothing empty.</summary>
    Valid = 0,

    /// <summary>No labels, or one with an empty name or value.</summary>
    Empty,

    /// <summary>A name that equals the one before.</summary>
    Duplicate,

    /// <summary>A name below the one before.</summary>
    OutOfOrder,
}

/// <summary>Walks the labels of a run of protobuf label fields; a name or value given twice counts as its last.</summary>
/// <remarks>Views point into the run. Check <see cref="Fault"/> after the loop.</remarks>
internal ref struct LabelRunEnumerator(ReadOnlySpan<byte> run)
{
    private readonly ReadOnlySpan<byte> _run = run;
    private WireReader _reader = new(run, 0, run.Length);

    /// <summary>The label at the position.</summary>
    public LabelView Current { get; private set; }

    /// <summary>Why the walk ended early, or none.</summary>
    public readonly DecodeFault Fault => _reader.Fault;

    /// <summary>Steps to the next label.</summary>
    public bool MoveNext()
    {
        if (!_reader.NextField("TimeSeries") || !_reader.TryBytes(out var start)) return false;
        ReadOnlySpan<byte> name = default, value = default;
        var label = new WireReader(_run, start, _reader.Position);
        while (label.NextField("Label"))
        {
            if (label.Field > 2)
            {
                label.Skip();
                continue;
            }
            if (!label.Expect(WireReader.Bytes, label.Field == 1 ? "Name" : "Value") || !label.TryBytes(out var text)) break;
            if (label.Field == 1) name = _run[text..label.Position];
            else value = _run[text..label.Position];
        }
        if (!label.Fault.IsNone) return _reader.Fail(label.Fault);
        Current = new LabelView(name, value);
        return true;
    }
}

/// <summary>The slow path of a series not seen before: its labels checked and put into the form the log and the index
/// use.</summary>
public static class LabelRun
{
    /// <summary>Encodes a label run as the WAL's label sub-format (uvarint count, then names and values), in the order
    /// received.</summary>
    /// <param name="run">Label fields, end to end.</param>
    /// <param name="to">Cleared first; complete when there is no fault, whatever the verdict.</param>
    /// <param name="verdict">The first problem, label by label: empty before duplicate before order.</param>
    /// <returns>Why the bytes are no labels, or none.</returns>
    public static DecodeFault Encode(ReadOnlySpan<byte> run, ByteBuffer to, out LabelsVerdict verdict)
    {
        to.Clear();
        return Append(run, to, out verdict, out _);
    }

    /// <summary>Encodes a label run behind what a buffer holds already.</summary>
    /// <param name="run">Label fields, end to end.</param>
    /// <param name="to">Gets the WAL's label sub-format; complete when there is no fault, whatever the verdict.</param>
    /// <param name="verdict">As of <see cref="Encode"/>.</param>
    /// <param name="isCanonical">Whether the hash of the run is known to be the series' identity.</param>
    /// <returns>Why the bytes are no labels, or none.</returns>
    internal static DecodeFault Append(ReadOnlySpan<byte> run, ByteBuffer to, out LabelsVerdict verdict, out bool isCanonical)
    {
        verdict = LabelsVerdict.Valid;
        isCanonical = PlainLabelRun.TryEncode(run, to.GetSpan(run.Length), out var written);
        if (isCanonical)
        {
            to.Advance(written);
            return DecodeFault.None;
        }
        var fault = Judge(run, out var count, out verdict);
        if (!fault.IsNone) return fault;
        to.WriteUvarint(count);
        var labels = new LabelRunEnumerator(run);
        while (labels.MoveNext())
        {
            to.WriteString(labels.Current.Name);
            to.WriteString(labels.Current.Value);
        }
        return DecodeFault.None;
    }

    /// <summary>Judges a label run without encoding it.</summary>
    /// <param name="run">Label fields, end to end.</param>
    /// <param name="count">Number of labels.</param>
    /// <param name="verdict">The first problem, label by label.</param>
    /// <returns>Why the bytes are no labels, or none.</returns>
    public static DecodeFault Judge(ReadOnlySpan<byte> run, out ulong count, out LabelsVerdict verdict)
    {
        count = 0;
        verdict = LabelsVerdict.Valid;
        ReadOnlySpan<byte> previous = default;
        var labels = new LabelRunEnumerator(run);
        while (labels.MoveNext())
        {
            var label = labels.Current;
            if (verdict == LabelsVerdict.Valid) verdict = Judge(label, previous, count == 0);
            previous = label.Name;
            count++;
        }
        if (count == 0) verdict = LabelsVerdict.Empty;
        return labels.Fault;
    }

    private static LabelsVerdict Judge(LabelView label, ReadOnlySpan<byte> previous, bool isFirst)
    {
        if (label.Name.IsEmpty || label.Value.IsEmpty) return LabelsVerdict.Empty;
        if (isFirst) return LabelsVerdict.Valid;
        var order = label.Name.SequenceCompareTo(previous);
        if (order == 0) return LabelsVerdict.Duplicate;
        return order < 0 ? LabelsVerdict.OutOfOrder : LabelsVerdict.Valid;
    }
}
