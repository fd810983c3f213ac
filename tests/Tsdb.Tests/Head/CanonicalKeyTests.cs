using Tsdb.Head;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

/// <summary>The identity of a series is the hash of the bytes in which a sender writes its labels.</summary>
public sealed class CanonicalKeyTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(60, 60)]
    [InlineData(100, 127)]
    [InlineData(127, 128)]
    [InlineData(128, 20_000)]
    public void Compute_LabelsOfAnyLength_IsTheHashOfTheSendersBytes(int nameLength, int valueLength)
    {
        const int Count = 40;
        using var encoded = new ByteBuffer();
        using var sent = new ByteBuffer();
        encoded.WriteUvarint(Count);
        for (var i = 0; i < Count; i++)
        {
            var (name, value) = (Text(nameLength, 'n'), Text(valueLength, (char)('0' + i)));
            encoded.WriteString(name);
            encoded.WriteString(value);
            using var label = new ByteBuffer();
            label.WriteByte(0x0a);
            label.WriteString(name);
            label.WriteByte(0x12);
            label.WriteString(value);
            sent.WriteByte(0x0a);
            sent.WriteString(label.Written);
        }
        using var scratch = new ByteBuffer(1);
        Assert.Equal(KeyedHash.Compute(sent.Written), CanonicalKey.Compute(encoded.Written, scratch));

        static byte[] Text(int length, char of) => System.Text.Encoding.UTF8.GetBytes(new string(of, length));
    }
}
