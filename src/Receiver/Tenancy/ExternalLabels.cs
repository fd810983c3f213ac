using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.Tenancy;

/// <summary>Composes a tenant's external labels. Source: pkg/receive/multitsdb.go.</summary>
internal static class ExternalLabels
{
    /// <summary>The receiver's labels with the tenant's over them, then the hashring's under both.</summary>
    /// <param name="options">The receiver's labels and the name of the tenant label.</param>
    /// <param name="tenantId">Value of the tenant label.</param>
    /// <param name="hashring">Labels that the first ring listing the tenant gives it; receiver labels are never overwritten by
    /// them.</param>
    public static LabelSet For(TenancyOptions options, string tenantId, LabelSet hashring)
    {
        var own = LabelSet.FromStrings((options.TenantLabelName, tenantId));
        return Merge(Merge(own, options.Labels), hashring);
    }

    /// <summary>The union, sorted; where both have a name, <paramref name="winner"/>'s value.</summary>
    public static LabelSet Merge(LabelSet winner, LabelSet other)
    {
        using var pairs = new ByteBuffer();
        var left = winner.GetEnumerator();
        var right = other.GetEnumerator();
        var (hasLeft, hasRight, count) = (left.MoveNext(), right.MoveNext(), 0);
        while (hasLeft || hasRight)
        {
            var order = !hasLeft ? 1 : !hasRight ? -1 : left.Current.Name.SequenceCompareTo(right.Current.Name);
            var label = order <= 0 ? left.Current : right.Current;
            pairs.WriteString(label.Name);
            pairs.WriteString(label.Value);
            count++;
            if (order <= 0) hasLeft = left.MoveNext();
            if (order >= 0) hasRight = right.MoveNext();
        }
        using var encoded = new ByteBuffer();
        encoded.WriteUvarint((ulong)count);
        encoded.Write(pairs.Written);
        return LabelSet.FromEncoded(encoded.Written);
    }
}
