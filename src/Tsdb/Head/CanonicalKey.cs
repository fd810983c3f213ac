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

    /// <summary>The key of labels in the log's sub-format, sorted.</summary>
    /// <param name="encodedLabels">See <see cref="LabelSet.Encoded"/>.</param>
    /// <param name="scratch">A buffer of the caller's; overwritten.</param>
    public static KeyHash Compute(ReadOnlySpan<byte> encodedLabels, ByteBuffer scratch)
    {
        scratch.Clear();
        foreach (var label in new EncodedLabels(encodedLabels))
        {
            var length = Field(label.Name.Length) + Field(label.Value.Length);
            scratch.WriteByte(LabelTag);
            scratch.WriteUvarint((ulong)length);
            scratch.WriteByte(NameTag);
            scratch.WriteString(label.Name);
            scratch.WriteByte(ValueTag);
            scratch.WriteString(label.Value);
        }
        return KeyedHash.Compute(scratch.Written);
    }

    private static int Field(int length) => 1 + Varint.Length((ulong)length) + length;
}
