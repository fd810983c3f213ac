using System.Text;
using Receiver.RemoteWrite;
using Tsdb.Memory;

namespace Receiver.Tests.RemoteWrite;

public class PlainLabelRunTests
{
    [Fact]
    public void TryEncode_OrdinaryRun_GivesTheLongWaysBytes()
    {
        var run = Run(("__name__", "up"), ("instance", "10.0.0.1:9100"), ("job", "node"));
        var to = new byte[run.Length];

        Assert.True(PlainLabelRun.TryEncode(run, to, out var written));
        Assert.Equal("\u0003\u0008__name__\u0002up\u0008instance\u000d10.0.0.1:9100\u0003job\u0004node", Text(to[..written]));
    }

    [Theory]
    [InlineData("b", "a")]
    [InlineData("a", "a")]
    [InlineData("ab", "aa")]
    [InlineData("ab", "a")]
    public void TryEncode_NamesNotAscending_IsNotPlain(string first, string second) =>
        Assert.False(TryEncode(Run((first, "1"), (second, "2"))));

    [Fact]
    public void TryEncode_NoLabels_IsNotPlain() => Assert.False(TryEncode([]));

    [Fact]
    public void TryEncode_LongValue_IsNotPlain() => Assert.False(TryEncode(Run(("a", new string('x', 200)))));

    [Fact]
    public void Append_DamagedRuns_AreJudgedAsTheLongWayJudges()
    {
        const int Seed = 77;
        var random = new Random(Seed);
        for (var round = 0; round < 20_000; round++)
        {
            var run = Run(("a", "1"), ("bb", "22"), ("ccc", "333"));
            for (var i = random.Next(3); i > 0; i--) run[random.Next(run.Length)] = (byte)random.Next(140);
            run = run[..random.Next(Math.Max(0, run.Length - 4), run.Length + 1)];
            AssertLikeTheLongWay(run, $"seed {Seed}, round {round}: {Convert.ToHexString(run)}");
        }
    }

    private static void AssertLikeTheLongWay(byte[] run, string message)
    {
        using var buffer = new ByteBuffer();
        var fault = LabelRun.Append(run, buffer, out var verdict, out var isCanonical);
        var expectedFault = LabelRun.Judge(run, out var count, out var expected);

        Assert.True(fault.IsNone == expectedFault.IsNone && (!fault.IsNone || verdict == expected), message);
        if (!fault.IsNone) return;
        using var labels = new ByteBuffer();
        labels.WriteUvarint(count);
        var enumerator = new LabelRunEnumerator(run);
        while (enumerator.MoveNext())
        {
            labels.WriteString(enumerator.Current.Name);
            labels.WriteString(enumerator.Current.Value);
        }
        Assert.True(labels.Written.SequenceEqual(buffer.Written), message);
        if (isCanonical) Assert.True(run.AsSpan().SequenceEqual(Canonical(run)), message);
    }

    /// <summary>The labels written again, in the shortest form.</summary>
    private static byte[] Canonical(byte[] run)
    {
        var labels = new List<(string, string)>();
        var enumerator = new LabelRunEnumerator(run);
        while (enumerator.MoveNext())
            labels.Add((Encoding.Latin1.GetString(enumerator.Current.Name), Encoding.Latin1.GetString(enumerator.Current.Value)));
        return Run([.. labels]);
    }

    private static bool TryEncode(byte[] run) => PlainLabelRun.TryEncode(run, new byte[run.Length + 1], out _);

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] Run(params (string Name, string Value)[] labels)
    {
        using var run = new ByteBuffer();
        foreach (var (name, value) in labels)
        {
            using var label = new ByteBuffer();
            label.WriteByte(0x0a);
            label.WriteString(Encoding.Latin1.GetBytes(name));
            label.WriteByte(0x12);
            label.WriteString(Encoding.Latin1.GetBytes(value));
            run.WriteByte(0x0a);
            run.WriteString(label.Written);
        }
        return run.Written.ToArray();
    }
}
