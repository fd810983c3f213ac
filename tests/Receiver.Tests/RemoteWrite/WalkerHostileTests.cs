using System.Globalization;
using Receiver.RemoteWrite;
using TestKit;
using Tsdb.Memory;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Whatever arrives, walking ends with a result: no exception, no read outside, offsets inside the body.</summary>
public class WalkerHostileTests
{
    private const int Seed = 20261121;

    [Fact]
    public void Walk_CutAtEveryByte_NeverThrows()
    {
        var body = SmallBody();
        for (var length = 0; length < body.Length; length++) Walk(body.AsSpan(0, length), $"cut at {length}");
    }

    [Fact]
    public void Walk_EveryBitFlipped_NeverThrows()
    {
        var body = SmallBody();
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << (bit % 8));
            Walk(body, $"bit {bit}");
            body[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Walk_RandomBytes_NeverThrows()
    {
        var random = new Random(Seed);
        var bytes = new byte[200];
        for (var round = 0; round < 20_000; round++)
        {
            random.NextBytes(bytes);
            // Plausible tags make the walk go deeper than noise would.
            for (var i = 0; i < 20; i++) bytes[random.Next(bytes.Length)] = (byte)((random.Next(1, 6) << 3) | random.Next(0, 8));
            if (round % 2 == 0) (bytes[0], bytes[1]) = (0x0a, (byte)random.Next(0x7f));
            Walk(bytes.AsSpan(0, random.Next(bytes.Length)), $"seed {Seed}, round {round}");
        }
    }

    [Fact]
    public void Walk_MoreSeriesThanAllowed_IsRefused()
    {
        var body = new byte[(Batch.SeriesMax + 1) * 2];
        for (var i = 0; i < body.Length; i += 2) body[i] = 0x0a;
        using var batch = new Batch();
        batch.Reset(body);
        Assert.Equal("too many timeseries", BatchReader.ReadRemoteWrite(batch, "t").ToString());
    }

    [Fact]
    public void Walk_MoreSamplesThanAllowed_IsRefused()
    {
        var samples = new byte[(Batch.ItemsMax + 1) * 2];
        for (var i = 0; i < samples.Length; i += 2) samples[i] = 0x12;
        var body = new ByteBuffer();
        Requests.Field(body, 1, samples);
        using var batch = new Batch();
        batch.Reset(body.WrittenMemory);
        Assert.Equal("too many samples", BatchReader.ReadRemoteWrite(batch, "t").ToString());
    }

    [Fact]
    public void Walk_ScatteredLabels_AreJoined()
    {
        var series = new ByteBuffer();
        Requests.Field(series, 1, Requests.Label("a", "1"));
        Requests.Field(series, 2, Requests.Sample(1, 2));
        Requests.Field(series, 1, Requests.Label("b", "2"));
        var body = new ByteBuffer();
        Requests.Field(body, 1, series.Written);
        var batch = Requests.Read(body.Written.ToArray());
        Assert.Equal("a=1,b=2", Requests.Text(batch.Labels(0)));
        Assert.Equal(1, batch.ItemCount);
        Assert.Equal(KeyedHash.Compute(batch.Labels(0)), batch.Items[0].Key);
    }

    private static byte[] SmallBody()
    {
        var smallest = Array.Empty<byte>();
        foreach (var path in Golden.Files("remote-write/prometheus-3.14-bodies", "*rw1*.snappy"))
        {
            var body = Requests.Decompress(File.ReadAllBytes(path));
            if (body.Length > 1000 && (smallest.Length == 0 || body.Length < smallest.Length)) smallest = body;
        }
        Assert.NotEmpty(smallest);
        // The end holds histograms and exemplars, the start float samples.
        return [.. smallest.AsSpan(0, FieldsUpTo(smallest, 500)), .. smallest.AsSpan(LastFields(smallest, 900))];
    }

    private static int FieldsUpTo(byte[] body, int max)
    {
        var at = 0;
        foreach (ref readonly var series in Requests.Read(body).Series)
        {
            if (series.FieldOffset <= max) at = series.FieldOffset;
        }
        return at;
    }

    private static int LastFields(byte[] body, int max)
    {
        foreach (ref readonly var series in Requests.Read(body).Series)
        {
            if (body.Length - series.FieldOffset <= max) return series.FieldOffset;
        }
        return body.Length;
    }

    private static void Walk(ReadOnlySpan<byte> bytes, string what)
    {
        var labels = new ByteBuffer();
        for (var form = 0; form < 2; form++)
        {
            using var batch = new Batch();
            batch.Reset(bytes.ToArray());
            try
            {
                var fault = form == 0 ? BatchReader.ReadRemoteWrite(batch, "t") : BatchReader.ReadForwarded(batch, out _);
                _ = fault.ToString();
                foreach (ref readonly var series in batch.Series)
                {
                    Assert.True(series.FieldOffset >= 0 && series.FieldOffset + series.FieldLength <= bytes.Length, what);
                    Assert.True(series.FirstItem + series.ItemCount <= batch.ItemCount, what);
                    LabelRun.Encode(batch.Labels(in series), labels, out _);
                }
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{what}, form {form}: {e}"));
            }
        }
    }
}
