using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>What the head itself demands of the labels of a new series; everything else is its callers' business.</summary>
/// <remarks>Source: docs/formats/head.md, "Labels".</remarks>
internal static class SeriesLabels
{
    /// <summary>Walks labels once.</summary>
    /// <param name="encoded">Sorted labels in the log's sub-format, so that equal names are neighbours.</param>
    /// <param name="hasEmptyValue">Whether some label has no value and must be left out.</param>
    /// <returns><see cref="CreateResult.Created"/> when a series may have them.</returns>
    public static CreateResult Judge(ReadOnlySpan<byte> encoded, out bool hasEmptyValue)
    {
        hasEmptyValue = false;
        var count = 0;
        ReadOnlySpan<byte> previous = default;
        foreach (var label in new EncodedLabels(encoded))
        {
            if (label.Value.IsEmpty)
            {
                hasEmptyValue = true;
                continue;
            }
            if (count++ > 0 && label.Name.SequenceEqual(previous)) return CreateResult.RepeatedLabelName;
            previous = label.Name;
        }
        return count == 0 ? CreateResult.EmptyLabels : CreateResult.Created;
    }

    /// <summary>The labels that have a value, in the same form.</summary>
    /// <param name="encoded">Labels, some without a value.</param>
    /// <param name="buffer">Overwritten by the result.</param>
    public static ReadOnlySpan<byte> WithoutEmpty(ReadOnlySpan<byte> encoded, ByteBuffer buffer)
    {
        var count = 0UL;
        foreach (var label in new EncodedLabels(encoded))
        {
            if (!label.Value.IsEmpty) count++;
        }
        buffer.Clear();
        buffer.WriteUvarint(count);
        foreach (var label in new EncodedLabels(encoded))
        {
            if (label.Value.IsEmpty) continue;
            buffer.WriteString(label.Name);
            buffer.WriteString(label.Value);
        }
        return buffer.Written;
    }
}
