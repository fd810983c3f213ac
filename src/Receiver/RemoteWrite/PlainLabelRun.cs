namespace Receiver.RemoteWrite;

/// <summary>The label runs that nearly every sender writes, judged and encoded in one walk.</summary>
/// <remarks>
/// Name before value, both present, nothing else, every length in one byte, names ascending: then the bytes are also those whose
/// hash identifies the series (docs/formats/head.md, "Identity"). Whatever differs takes <see cref="LabelRun"/>'s long way, which
/// names what is wrong with it.
/// </remarks>
internal static class PlainLabelRun
{
    private const byte LabelTag = 0x0a;
    private const byte NameTag = 0x0a;
    private const byte ValueTag = 0x12;

    /// <summary>Lengths and counts from here on take a second byte.</summary>
    private const int OneByteEnd = 0x80;

    /// <summary>Tags and lengths of a label, and one byte of name and value each.</summary>
    private const int LabelBytesMin = 8;

    /// <summary>Encodes a label run as the WAL's label sub-format.</summary>
    /// <param name="run">Label fields, end to end.</param>
    /// <param name="to">As long as the run at least.</param>
    /// <param name="written">Bytes of the result.</param>
    /// <returns>False when the run is not plain; what was written then means nothing.</returns>
    public static bool TryEncode(ReadOnlySpan<byte> run, Span<byte> to, out int written)
    {
        written = 1; // The count.
        var count = 0;
        ReadOnlySpan<byte> previous = default;
        for (; !run.IsEmpty; count++)
        {
            if (!TryLabel(run, out var valueAt, out var end)) return false;
            var name = run[4..(valueAt - 2)];
            if (count > 0 && !IsAbove(name, previous)) return false;
            previous = name;
            run[3..(valueAt - 2)].CopyTo(to[written..]); // Length and name.
            written += valueAt - 5;
            run[(valueAt - 1)..end].CopyTo(to[written..]); // Length and value.
            written += end - valueAt + 1;
            run = run[end..];
        }
        if (count is 0 or >= OneByteEnd) return false;
        to[0] = (byte)count;
        return true;
    }

    /// <summary>Finds the parts of the first label: tag, length, tag, length, name, tag, length, value.</summary>
    private static bool TryLabel(ReadOnlySpan<byte> run, out int valueAt, out int end)
    {
        (valueAt, end) = (0, 0);
        if (run.Length < LabelBytesMin || run[0] != LabelTag || run[2] != NameTag) return false;
        var (length, nameLength) = (run[1], run[3]);
        end = length + 2;
        valueAt = nameLength + 6;
        if (length >= OneByteEnd || end > run.Length || nameLength == 0 || valueAt >= end) return false;
        return run[valueAt - 2] == ValueTag && run[valueAt - 1] == end - valueAt;
    }

    private static bool IsAbove(ReadOnlySpan<byte> name, ReadOnlySpan<byte> previous) =>
        name[0] > previous[0] || name.SequenceCompareTo(previous) > 0;
}
