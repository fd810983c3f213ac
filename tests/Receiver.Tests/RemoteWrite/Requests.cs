using System.Text;
using Receiver.RemoteWrite;
using Tsdb.Memory;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Builds remote-write messages byte by byte, and decodes recorded bodies.</summary>
internal static class Requests
{
    /// <summary>A series field with its labels in the order given and one sample.</summary>
    public static byte[] Series(long timestampMs, double value, params (string Name, string Value)[] labels)
    {
        var series = new ByteBuffer();
        foreach (var (name, text) in labels) Field(series, 1, Label(name, text));
        Field(series, 2, Sample(timestampMs, value));
        var field = new ByteBuffer();
        Field(field, 1, series.Written);
        return field.Written.ToArray();
    }

    public static byte[] Label(string name, string value)
    {
        var label = new ByteBuffer();
        Field(label, 1, Encoding.UTF8.GetBytes(name));
        Field(label, 2, Encoding.UTF8.GetBytes(value));
        return label.Written.ToArray();
    }

    public static byte[] Sample(long timestampMs, double value)
    {
        var sample = new ByteBuffer();
        sample.WriteByte(0x09);
        sample.Write(BitConverter.GetBytes(value));
        sample.WriteByte(0x10);
        sample.WriteUvarint((ulong)timestampMs);
        return sample.Written.ToArray();
    }

    public static void Field(ByteBuffer to, int number, ReadOnlySpan<byte> content)
    {
        to.WriteUvarint((ulong)(number << 3 | 2));
        to.WriteUvarint((ulong)content.Length);
        to.Write(content);
    }

    /// <summary>A body of series m{i="0"}, m{i="1"} and so on.</summary>
    public static byte[] Many(int count, long timestampMs = 1_700_000_000_000)
    {
        var body = new ByteBuffer();
        for (var i = 0; i < count; i++) body.Write(Series(timestampMs, i, ("__name__", "m"), ("i", i.ToString(provider: null))));
        return body.Written.ToArray();
    }

    public static byte[] Compress(ReadOnlySpan<byte> body)
    {
        var output = new byte[Snappy.MaxEncodedLength(body.Length)];
        return output[..Snappy.Encode(body, output)];
    }

    public static byte[] Decompress(ReadOnlySpan<byte> block)
    {
        Assert.True(Snappy.TryGetDecodedLength(block, out var length));
        var output = new byte[length];
        Assert.Equal(SnappyStatus.Ok, Snappy.Decode(block, output));
        return output;
    }

    /// <summary>A batch over a remote-write body; the body must be well formed.</summary>
    public static Batch Read(byte[] body, string tenant = "t")
    {
        var batch = new Batch();
        batch.Retain();
        batch.Reset(body);
        var fault = BatchReader.ReadRemoteWrite(batch, tenant);
        Assert.True(fault.IsNone, fault.ToString());
        return batch;
    }

    /// <summary>The labels of a series as text, a=b joined by commas, in the order received.</summary>
    public static string Text(ReadOnlySpan<byte> run)
    {
        var text = new List<string>();
        var labels = new LabelRunEnumerator(run);
        while (labels.MoveNext())
            text.Add(Encoding.UTF8.GetString(labels.Current.Name) + "=" + Encoding.UTF8.GetString(labels.Current.Value));
        return string.Join(',', text);
    }
}
