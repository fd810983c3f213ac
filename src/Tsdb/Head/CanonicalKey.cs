using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The identity of a label set: the hash of the bytes in which well-behaved senders write it.</summary>
/// <remarks>
/// Those bytes are the run of protobuf label messages of a remote-write 1.0 series (tag 0a, length, then 0a name 12 value),
/// sorted by name. Hashing them here in the same form means that a request's bytes find the series directly, also after a
/// restart.
/// </remarks>
internal static class CanonicalKey
{
    private const byte LabelTag = 0x0a;
    private const byte NameTag = 0x0a;
    private const byte ValueTag = 0x12;

    /// <summary>How many times as long a label can get: two empty strings are two bytes there and six here.</summary>
    private const int GrowthMax = 3;

    /// <summary>The key of labels in the log's sub-format, sorted.</summary>
    /// <param name="encodedLabels">See <see cref="LabelSet.Encoded"/>.</param>
    /// <param name="scratch">A buffer of the caller's; overwritten.</param>
    public static KeyHash Compute(ReadOnlySpan<byte> encodedLabels, ByteBuffer scratch)
    {
        scratch.Clear();
        var to = scratch.GetSpan(encodedLabels.Length * GrowthMax);
        var at = 0;
        foreach (var label in new EncodedLabels(encodedLabels))
        {
            to[at++] = LabelTag;
            at += Varint.Write(to[at..], (ulong)(Field(label.Name.Length) + Field(label.Value.Length)));
            at += Write(to[at..], NameTag, label.Name);
            at += Write(to[at..], ValueTag, label.Value);
        }
        return KeyedHash.Compute(to[..at]);
    }

    private static int Field(int length) => 1 + Varint.Length((ulong)length) + length;

    private static int Write(Span<byte> to, byte tag, ReadOnlySpan<byte> text)
    {
        to[0] = tag;
        var at = 1;
        if (text.Length < 0x80) to[at++] = (byte)text.Length;
        else at += Varint.Write(to[at..], (ulong)text.Length);
        text.CopyTo(to[at..]);
        return at + text.Length;
    }
}
