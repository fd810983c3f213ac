using Tsdb.Labels;

namespace Receiver.StoreApi;

/// <summary>The order of series in a reply, over encoded label sets (<see cref="LabelSet.Encoded"/>).</summary>
internal static class LabelOrder
{
    /// <summary>Pairwise: first differing name, then differing value, as unsigned bytes; a prefix comes first.</summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var a = new LabelEnumerator(left);
        var b = new LabelEnumerator(right);
        while (a.MoveNext())
        {
            if (!b.MoveNext()) return 1;
            var order = a.Current.Name.SequenceCompareTo(b.Current.Name);
            if (order == 0) order = a.Current.Value.SequenceCompareTo(b.Current.Value);
            if (order != 0) return order;
        }
        return b.MoveNext() ? -1 : 0;
    }
}
