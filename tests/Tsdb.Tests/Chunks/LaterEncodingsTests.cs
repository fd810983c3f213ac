using System.Globalization;
using System.Runtime.InteropServices;
using TestKit;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Head;

namespace Tsdb.Tests.Chunks;

/// <summary>Chunks that later versions of Prometheus write: the worked examples of the format, by hand.</summary>
public sealed class LaterEncodingsTests
{
    private const long Start = 1_700_000_000_000;

    private const string PlainXor2 =
        "00 05 00 80 a0 ab fe f9 62 3f f0 00 00 00 00 00 00 98 75 30 02 b0 4b ff ff";

    private const string Xor2 =
        "00 03 82 80 a0 ab fe f9 62 3f f0 00 00 00 00 00 00 90 4e 98 75 c1 2f ff cf ff ec 18";

    private const string Histogram =
        "00 02 80 74 9c a4 8c 5f c0 00 31 79 fc ad 00 18 a8 a0 19 40 00 00 00 00 00 4e 36 90 4e f8 3a 98 9b 60 b7 8c 6e";

    private const string LateHistogram =
        "00 02 01 74 9c a4 8c 5f c0 00 31 79 fc ad 00 18 a8 a0 19 40 00 00 00 00 00 4e 36 f8 3a 98 9b 60 b7 8c 6f f0 27 10";

    // Without start times the bytes are those of encoding 3 with no flags.
    private const string FloatHistogram =
        "00 02 00 00 46 47 f0 00 0c 5e 7f 2b 40 02 00 20 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 80 00 00 00 00 00 01 ff 80 "
        + "00 00 00 00 00 01 ff c0 00 00 00 00 00 07 c1 d4 c6 c0 6d a0 d8 4d ff f8";

    public static TheoryData<string, int, string> Examples => new()
    {
        {
            PlainXor2, 4,
            "+0 3ff0000000000000, +15000 3ff0000000000000, +30000 3ff0000000000000, "
            + "+45010 4000000000000000, +60020 7ff0000000000002"
        },
        { Xor2, 4, "+0 3ff0000000000000, +15000 4000000000000000, +30000 3ff0000000000000" },
        { Histogram, 5, "+0 10 1 18.5 3 1 -2, +15000 13 1 25 4 2 -3" },
        { LateHistogram, 5, "+0 10 1 18.5 3 1 -2, +15000 13 1 25 4 2 -3" },
        { FloatHistogram, 6, "+0 2.5 0 4 1 1.5, +15000 3.5 0 5 1 2.5" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void TryConvert_Example_GivesItsSamplesInAPlainEncoding(string hex, int encoding, string expected)
    {
        using var into = new ByteBuffer();
        into.Write([7, 7]); // What the buffer holds already stays.
        Assert.True(LaterEncodings.TryConvert(Bytes(hex), (ChunkEncoding)encoding, into));
        Assert.Equal([7, 7], into.Written[..2].ToArray());
        Assert.Equal(expected, Describe(into.Written[2..], LaterEncodings.Plain((ChunkEncoding)encoding)));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void TryConvert_CutAnywhere_IsRefusedAndLeavesNothing(string hex, int encoding, string expected)
    {
        Assert.NotEmpty(expected);
        var bytes = Bytes(hex);
        for (var length = 0; length < bytes.Length; length++)
        {
            using var into = new ByteBuffer();
            // A cut inside the padding of the last byte cannot be seen, and there is none: every byte carries bits.
            Assert.False(LaterEncodings.TryConvert(bytes.AsSpan(0, length), (ChunkEncoding)encoding, into), $"cut at {length}");
            Assert.Equal(0, into.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void TryConvert_EveryByteFlipped_EndsWithoutCrashing(string hex, int encoding, string expected)
    {
        Assert.NotEmpty(expected);
        var bytes = Bytes(hex);
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x80, 0xff })
            {
                bytes[at] ^= mask;
                using var into = new ByteBuffer();
                if (!LaterEncodings.TryConvert(bytes, (ChunkEncoding)encoding, into)) Assert.Equal(0, into.Length);
                bytes[at] ^= mask;
            }
        }
    }

    [Fact]
    public void SampleCount_HistogramWithFlags_LeavesThemOut()
    {
        Assert.Equal(2, LaterEncodings.SampleCount([0xc0, 2, 0], ChunkEncoding.HistogramSt));
        Assert.Equal(0xc002, LaterEncodings.SampleCount([0xc0, 2, 0], ChunkEncoding.Xor2));
        Assert.Equal(0, LaterEncodings.SampleCount([1], ChunkEncoding.Xor2));
    }

    [Fact]
    public void Select_BlockWithLaterEncodings_GivesPlainOnes()
    {
        using var folder = new TempFolder();
        var series = new List<(LabelSet Labels, ChunkView[] Chunks)>();
        foreach (var (name, hex, encoding) in new[] { ("a", Xor2, 4), ("b", Histogram, 5), ("c", FloatHistogram, 6) })
        {
            var end = Start + (encoding == 4 ? 30_000 : 15_000);
            var chunk = new ChunkView(Start, end, (ChunkEncoding)encoding, Bytes(hex));
            series.Add((LabelSet.FromStrings(("__name__", name)), [chunk]));
        }
        using (var cursor = new Tests.Blocks.ListCursor(series))
        {
            var symbols = Tests.Blocks.ListCursor.Symbols(series);
            BlockWriter.Write(folder.Path, Start, Start + 60_000, cursor, symbols, new BlockWriterOptions());
        }

        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        using var found = database.Select(long.MinValue, long.MaxValue, HistogramDump.Everything, skipChunks: false);
        var described = new List<string>();
        while (found.MoveNext())
        {
            var chunk = Assert.Single(found.Chunks.ToArray());
            described.Add(Describe(chunk.Data.Span, chunk.Encoding));
        }
        Assert.Equal([(string)Row(1)[2], (string)Row(2)[2], (string)Row(4)[2]], described);
    }

    [Fact]
    public void TryRead_HeadChunkFileWithLaterEncodings_GivesPlainOnes()
    {
        using var folder = new TempFolder();
        var refs = new List<ulong>();
        using (var files = HeadChunkFiles.Open(folder.Path))
        {
            foreach (var row in Examples)
            {
                var encoding = (ChunkEncoding)(int)row[1];
                refs.Add(files.Write(1, Start, Start + 1, encoding, Bytes((string)row[0]), isOutOfOrder: false));
            }
        }
        using var reopened = HeadChunkFiles.Open(folder.Path);
        var entries = new List<HeadChunkEntry>();
        Assert.Null(reopened.Load(entry => { entries.Add(entry); return true; }, entries.Clear));
        Assert.Equal(refs, entries.ConvertAll(static entry => entry.ChunkRef));
        for (var i = 0; i < entries.Count; i++)
        {
            using var data = new ByteBuffer();
            Assert.True(reopened.TryRead(refs[i], data, out var read));
            Assert.Equal(entries[i].Encoding, read.Encoding);
            Assert.Equal((string)Row(i)[2], Describe(data.Written, read.Encoding));
        }
    }

    private static object[] Row(int index)
    {
        foreach (var row in Examples)
        {
            if (index-- == 0) return row;
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Describe(ReadOnlySpan<byte> chunk, ChunkEncoding encoding)
    {
        Assert.InRange((int)encoding, 1, 3);
        var samples = new List<string>();
        if (encoding == ChunkEncoding.Xor)
        {
            foreach (var (t, bits) in XorChunkTests.Decode(chunk.ToArray()))
                samples.Add(string.Create(CultureInfo.InvariantCulture, $"+{t - Start} {bits:x16}"));
            return string.Join(", ", samples);
        }
        var histograms = new HistogramChunkIterator(chunk, encoding, new HistogramSample());
        while (histograms.MoveNext())
        {
            var h = histograms.Current;
            var buckets = new List<string>();
            foreach (var bucket in CollectionsMarshal.AsSpan(h.PositiveBuckets)) buckets.Add(Number(bucket, h.IsFloat));
            samples.Add(string.Create(CultureInfo.InvariantCulture,
                $"+{histograms.TimestampMs - Start} {Number(h.Count, h.IsFloat)} {Number(h.ZeroCount, h.IsFloat)} "
                + $"{BitConverter.UInt64BitsToDouble(h.SumBits)} {string.Join(' ', buckets)}"));
        }
        Assert.False(histograms.IsFailed);
        return string.Join(", ", samples);
    }

    private static string Number(ulong bits, bool isFloat) => isFloat
        ? BitConverter.UInt64BitsToDouble(bits).ToString(CultureInfo.InvariantCulture)
        : ((long)bits).ToString(CultureInfo.InvariantCulture);
}
