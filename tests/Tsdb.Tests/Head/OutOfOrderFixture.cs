using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Head;

/// <summary>What the tests of out-of-order samples share: appends by a series' name, and all samples as text.</summary>
internal static class OutOfOrderFixture
{
    public const long Start = 1_700_006_400_000; // A multiple of two hours.
    public const long Window = 6 * 3_600_000;

    public static Database Open(string directory, Func<DatabaseOptions, DatabaseOptions>? change = null)
    {
        var options = new DatabaseOptions
        {
            Directory = directory,
            OutOfOrderWindowMs = Window,
            OutOfOrderCapMax = 4,
            RetentionMs = 0,
        };
        return Database.Open(change?.Invoke(options) ?? options);
    }

    /// <summary>Appends floats in one commit; every one must be accepted.</summary>
    public static void Append(Database database, string series, params (long T, double Value)[] samples)
    {
        using var appender = database.CreateAppender();
        var labels = LabelSet.FromStrings(("__name__", series));
        foreach (var (t, value) in samples) Assert.Equal(AppendResult.Appended, appender.Append(labels, t, value));
        appender.Commit();
    }

    /// <summary>Appends a native histogram in a commit of its own; it must be accepted.</summary>
    public static void AppendHistogram(Database database, string series, long t, ulong count, bool isFloat)
    {
        using var appender = database.CreateAppender();
        var sample = new HistogramSample { IsFloat = isFloat, SumBits = BitConverter.DoubleToUInt64Bits(count) };
        sample.Count = sample.ZeroCount = isFloat ? BitConverter.DoubleToUInt64Bits(count) : count;
        Assert.Equal(AppendResult.Appended, appender.Append(LabelSet.FromStrings(("__name__", series)), t, sample));
        appender.Commit();
        sample.Clear(); // The caller may use it for the next one.
    }

    /// <summary>All samples, a series a line: name, then time and value of each, times relative to <see cref="Start"/>.</summary>
    public static string Dump(Database database)
    {
        var lines = new List<string>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            var words = new List<string> { labels.ToString() };
            foreach (var (t, value) in samples)
            {
                words.Add(value.Length == 16
                    ? $"{t - Start}={BitConverter.UInt64BitsToDouble(Convert.ToUInt64(value, 16))}"
                    : $"{t - Start}={HistogramDump.Content(value)}");
            }
            lines.Add(string.Join(' ', words));
        }
        return string.Join('\n', lines);
    }
}
