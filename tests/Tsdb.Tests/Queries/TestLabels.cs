using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Queries;

internal static class TestLabels
{
    /// <summary>A set of raw pairs, sorted here; unlike strings, bytes may be anything.</summary>
    public static LabelSet Of(params (byte[] Name, byte[] Value)[] pairs)
    {
        Array.Sort(pairs, static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        using var buffer = new ByteBuffer();
        buffer.WriteUvarint((ulong)pairs.Length);
        foreach (var (name, value) in pairs)
        {
            buffer.WriteString(name);
            buffer.WriteString(value);
        }
        return LabelSet.FromEncoded(buffer.Written);
    }
}
