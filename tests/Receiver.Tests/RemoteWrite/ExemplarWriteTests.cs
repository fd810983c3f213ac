using Receiver.RemoteWrite;
using TestKit;
using Tsdb.Labels;
using Tsdb.Memory;
using MatchType = Tsdb.Labels.MatchType;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Exemplars of requests: beside samples, in messages of their own, refused, and where nobody keeps them.</summary>
public sealed class ExemplarWriteTests : IDisposable
{
    private const long T = 1_700_000_000_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_ExemplarsBesideSamplesAndAlone_AreKept()
    {
        using var databases = new FolderDatabases(_folder.Path, exemplarsMax: 10);
        byte[] body =
        [
            .. Series("m", sampleAt: T, Exemplar("1", 1.5, T)),
            .. Series("m", sampleAt: null, Exemplar("2", 2.5, T + 1), Exemplar("3", 3.5, T + 2)),
            .. Series("unknown", sampleAt: null, Exemplar("4", 1, T)),
        ];
        var result = await Write(databases, body);

        Assert.True(result.IsStored, result.Text);
        Assert.Equal([$"m 1 1.5 {T}", $"m 2 2.5 {T + 1}", $"m 3 3.5 {T + 2}"], Stored(databases));
        Assert.Equal(1, databases.Open["t"].SeriesCount);
    }

    [Fact]
    public async Task Write_ExemplarsThatAreRefused_AreTold()
    {
        using var databases = new FolderDatabases(_folder.Path, exemplarsMax: 10);
        await Write(databases, Series("m", T, Exemplar("1", 1, T + 5)));
        var late = await Write(databases, Series("m", T + 1, Exemplar("2", 1, T)));
        var wide = await Write(databases, Series("m", T + 2, Exemplar(new string('x', 130), 1, T + 9)));

        Assert.Equal((409, "add 1 exemplars: out of order exemplar"), (late.HttpStatus, late.Text));
        Assert.Contains("exceeds maximum of 128 UTF-8 characters", wide.Text, StringComparison.Ordinal);
        Assert.Equal([$"m 1 1 {T + 5}"], Stored(databases));
        Assert.Equal(3, databases.Open["t"].HeadCounters.SamplesAppended);
    }

    [Fact]
    public async Task Write_LastSampleIsRefused_ItsExemplarsAreDropped()
    {
        using var databases = new FolderDatabases(_folder.Path, exemplarsMax: 10);
        await Write(databases, Series("m", T));
        var result = await Write(databases, Series("m", T - 1, Exemplar("1", 1, T)));

        Assert.Equal("add 1 samples: out of order sample", result.Text);
        Assert.Empty(Stored(databases));
    }

    [Fact]
    public async Task Write_DatabaseKeepsNone_TheyAreAccepted()
    {
        using var databases = new FolderDatabases(_folder.Path);
        var result = await Write(databases, Series("m", T, Exemplar(new string('x', 130), 1, T)));

        Assert.True(result.IsStored, result.Text);
        Assert.Empty(Stored(databases));
    }

    private static async Task<WriteResult> Write(FolderDatabases databases, byte[] body)
    {
        using var batch = Requests.Read(body);
        return await new LocalWriter(databases).WriteAsync("t", batch, CancellationToken.None);
    }

    private static byte[] Series(string name, long? sampleAt, params byte[][] exemplars)
    {
        var series = new ByteBuffer();
        Requests.Field(series, 1, Requests.Label("__name__", name));
        if (sampleAt is { } t) Requests.Field(series, 2, Requests.Sample(t, 1));
        foreach (var exemplar in exemplars) Requests.Field(series, 3, exemplar);
        var field = new ByteBuffer();
        Requests.Field(field, 1, series.Written);
        return field.Written.ToArray();
    }

    private static byte[] Exemplar(string trace, double value, long timestampMs)
    {
        var exemplar = new ByteBuffer();
        Requests.Field(exemplar, 1, Requests.Label("trace_id", trace));
        exemplar.WriteByte(0x11); // Field 2, eight bytes.
        exemplar.Write(BitConverter.GetBytes(value));
        exemplar.WriteByte(0x18); // Field 3, varint.
        exemplar.WriteUvarint((ulong)timestampMs);
        return exemplar.Written.ToArray();
    }

    private static List<string> Stored(FolderDatabases databases)
    {
        Assert.True(Matcher.TryCreate(MatchType.NotEqual, "__name__"u8, ""u8, out var all, out _));
        var texts = new List<string>();
        foreach (var series in databases.Open["t"].SelectExemplars(long.MinValue, long.MaxValue, [[all]]))
        {
            var name = System.Text.Encoding.UTF8.GetString(series.Labels.Find("__name__"u8));
            foreach (var exemplar in series.Exemplars)
            {
                var trace = System.Text.Encoding.UTF8.GetString(exemplar.Labels.Find("trace_id"u8));
                texts.Add(FormattableString.Invariant($"{name} {trace} {exemplar.Value} {exemplar.TimestampMs}"));
            }
        }
        return texts;
    }
}
