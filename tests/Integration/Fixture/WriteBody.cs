using System.Net.Http.Headers;
using Google.Protobuf;

namespace Integration.Fixture;

/// <summary>One sample of one series.</summary>
internal readonly record struct Sample(string Series, long TimestampMs, ulong Bits);

/// <summary>Remote-write 1.0 bodies, written and read with the stock libraries: nothing is shared with the code under
/// test.</summary>
internal static class WriteBody
{
    /// <summary>A compressed body in which every entry is a series with one sample.</summary>
    public static byte[] Of(params ReadOnlySpan<((string Name, string Value)[] Labels, long TimestampMs, double Value)> samples)
    {
        using var body = new MemoryStream();
        using var output = new CodedOutputStream(body, leaveOpen: true);
        foreach (var (labels, timestampMs, value) in samples)
        {
            output.WriteTag(0x0a);
            output.WriteBytes(Nested(series =>
            {
                foreach (var (name, text) in labels)
                {
                    series.WriteTag(0x0a);
                    series.WriteBytes(Nested(label =>
                    {
                        label.WriteTag(0x0a);
                        label.WriteString(name);
                        label.WriteTag(0x12);
                        label.WriteString(text);
                    }));
                }
                series.WriteTag(0x12);
                series.WriteBytes(Nested(sample =>
                {
                    sample.WriteTag(0x09);
                    sample.WriteDouble(value);
                    sample.WriteTag(0x10);
                    sample.WriteInt64(timestampMs);
                }));
            }));
        }
        output.Flush();
        return Compress(body.ToArray());
    }

    public static byte[] Compress(byte[] message) => IronSnappy.Snappy.Encode(message);

    /// <summary>The float samples of a compressed body, in order.</summary>
    public static List<Sample> Samples(byte[] compressed)
    {
        var samples = new List<Sample>();
        var body = new CodedInputStream(IronSnappy.Snappy.Decode(compressed));
        for (uint tag; (tag = body.ReadTag()) != 0;)
        {
            if (tag == 0x0a) Series(body.ReadBytes().CreateCodedInput(), samples);
            else body.SkipLastField();
        }
        return samples;
    }

    /// <summary>A POST as a Prometheus sends it.</summary>
    public static HttpRequestMessage Request(Uri url, byte[] body, string tenant)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Content.Headers.ContentEncoding.Add("snappy");
        request.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        request.Headers.Add("THANOS-TENANT", tenant);
        return request;
    }

    private static void Series(CodedInputStream input, List<Sample> into)
    {
        var labels = new List<(string, string)>();
        var samples = new List<(long TimestampMs, ulong Bits)>();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == 0x0a) labels.Add(Label(input.ReadBytes().CreateCodedInput()));
            else if (tag == 0x12) samples.Add(SampleOf(input.ReadBytes().CreateCodedInput()));
            else input.SkipLastField();
        }
        var name = SeriesName.Of(labels);
        foreach (var (timestampMs, bits) in samples) into.Add(new Sample(name, timestampMs, bits));
    }

    private static (string Name, string Value) Label(CodedInputStream input)
    {
        string name = "", value = "";
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == 0x0a) name = input.ReadString();
            else value = input.ReadString();
        }
        return (name, value);
    }

    private static (long TimestampMs, ulong Bits) SampleOf(CodedInputStream input)
    {
        long timestampMs = 0;
        ulong bits = 0;
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == 0x09) bits = input.ReadFixed64();
            else timestampMs = input.ReadInt64();
        }
        return (timestampMs, bits);
    }

    private static ByteString Nested(Action<CodedOutputStream> write)
    {
        using var message = new MemoryStream();
        using var output = new CodedOutputStream(message, leaveOpen: true);
        write(output);
        output.Flush();
        return ByteString.CopyFrom(message.ToArray());
    }
}
