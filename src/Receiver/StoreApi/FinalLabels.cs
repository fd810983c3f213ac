using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.StoreApi;

/// <summary>Turns stored labels into those of the reply: some names removed, external labels added over what is there.</summary>
internal static class FinalLabels
{
    // The count of pairs, which is only known at the end, as a varint padded to this length (up to 2^21 - 1 pairs).
    private const int CountBytes = 3;

    /// <summary>External labels without the names to remove.</summary>
    public static LabelSet Without(LabelSet external, IReadOnlyList<byte[]> removed)
    {
        using var buffer = new ByteBuffer(256);
        Write(LabelSet.Empty, external, removed, buffer);
        return LabelSet.FromEncoded(buffer.Written);
    }

    /// <summary>Merges a series' labels with the external ones.</summary>
    /// <param name="stored">Labels in the database.</param>
    /// <param name="external">Labels to add, over what is there.</param>
    /// <param name="removed">Names to leave out, wherever they come from.</param>
    /// <param name="final">Gets the result in the sub-format of <see cref="LabelSet.Encoded"/>, sorted by name.</param>
    public static void Write(LabelSet stored, LabelSet external, IReadOnlyList<byte[]> removed, ByteBuffer final)
    {
        final.Clear();
        final.GetSpan(CountBytes);
        final.Advance(CountBytes);
        var count = 0;
        var own = stored.GetEnumerator();
        var added = external.GetEnumerator();
        bool hasOwn = own.MoveNext(), hasAdded = added.MoveNext();
        while (hasOwn || hasAdded)
        {
            var order = !hasOwn ? 1 : !hasAdded ? -1 : own.Current.Name.SequenceCompareTo(added.Current.Name);
            var label = order < 0 ? own.Current : added.Current;
            if (!label.Value.IsEmpty && !Contains(removed, label.Name))
            {
                final.WriteString(label.Name);
                final.WriteString(label.Value);
                count++;
            }
            if (order <= 0) hasOwn = own.MoveNext();
            if (order >= 0) hasAdded = added.MoveNext();
        }
        var prefix = final.WrittenMemory.Span;
        prefix[0] = (byte)(count | 0x80);
        prefix[1] = (byte)((count >> 7) | 0x80);
        prefix[2] = (byte)(count >> 14);
    }

    /// <summary>Whether a list of names has one.</summary>
    public static bool Contains(IReadOnlyList<byte[]> names, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (name.SequenceEqual(names[i])) return true;
        }
        return false;
    }
}
