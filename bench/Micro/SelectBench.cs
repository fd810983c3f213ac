using BenchmarkDotNet.Attributes;
using Tsdb;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;
using MatchType = Tsdb.Labels.MatchType;
using SeriesLabels = Load.SeriesLabels;

namespace Micro;

/// <summary>Queries against a head of 20 000 series; per query.</summary>
[MemoryDiagnoser]
public class SelectBench
{
    private const int SeriesCount = 20_000;

    private readonly Matcher[] _oneMetric = [Create(MatchType.Equal, "__name__", "checkout0_queue_messages_processed_total")];

    private readonly Matcher[] _equalAndRegex =
    [
        Create(MatchType.Equal, "container", "checkout0-service"),
        Create(MatchType.Regex, "__name__", "checkout0_http.+"),
        Create(MatchType.NotEqual, "le", "+Inf"),
    ];

    private string _folder = "";
    private Database? _database;

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("select-bench").FullName;
        _database = Database.Open(new DatabaseOptions { Directory = _folder });
        var labels = new SeriesLabels(13);
        var items = new AppendItem[SeriesCount];
        using var appender = _database.CreateAppender();
        for (var i = 0; i < SeriesCount; i++)
        {
            labels.Set(i, generation: 0);
            var pairs = new List<(string, string)>();
            for (var l = 0; l < labels.Names.Count; l++)
            {
                if (labels.Values[l].Length > 0) pairs.Add((Text(labels.Names[l]), Text(labels.Values[l])));
            }
            items[i] = new AppendItem { Key = new KeyHash((ulong)i, 1), SeriesIndex = AppendItem.NoSeries, TimestampMs = 1000 };
            appender.Create(ref items[i], LabelSet.FromStrings([.. pairs]).Encoded);
        }
        appender.Append(items);
        appender.Commit();
    }

    [Benchmark]
    public int OneMetric() => Count(_oneMetric);

    [Benchmark]
    public int EqualAndRegex() => Count(_equalAndRegex);

    [GlobalCleanup]
    public void Cleanup()
    {
        _database?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private int Count(Matcher[] matchers)
    {
        using var series = _database!.Select(0, long.MaxValue, matchers, skipChunks: true);
        var count = 0;
        while (series.MoveNext()) count++;
        return count > 0 ? count : throw new InvalidDataException("nothing was selected");
    }

    private static Matcher Create(MatchType type, string name, string value) =>
        Matcher.TryCreate(type, Bytes(name), Bytes(value), out var matcher, out var error)
            ? matcher
            : throw new FormatException(error);

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
