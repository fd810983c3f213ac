using System.Linq;
using System.Text;
using TestKit;
using Tsdb.Labels;

namespace Tsdb.Tests.Queries;

/// <summary>Selections over a real data directory: one block and a log, series in either or both.</summary>
public sealed class DatabaseSelectTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("database-select-").FullName;
    private readonly Database _database;

    public DatabaseSelectTests()
    {
        Golden.Extract(Assert.Single(Golden.Files("tsdb/matchers", "data.tar*")), _directory);
        _database = Database.Open(new DatabaseOptions { Directory = _directory });
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Select_GoldenMatchers_AsUpstream(bool skipChunks)
    {
        var numbers = new Dictionary<LabelSet, int>();
        foreach (var labels in SelectCase.ReadSeries()) numbers.Add(labels, numbers.Count);
        foreach (var golden in SelectCase.ReadAll())
        {
            var matchers = golden.Matchers(out var error);
            if (error.Length > 0) continue;
            var selected = new List<int>();
            using var cursor = _database.Select(long.MinValue, long.MaxValue, matchers, skipChunks);
            while (cursor.MoveNext())
            {
                selected.Add(numbers[cursor.Labels]);
                Assert.Equal(skipChunks, cursor.Chunks.IsEmpty);
                AssertAscending(TestChunks.Decode(cursor.Chunks));
            }
            Assert.True(golden.Numbers("all").SequenceEqual(selected), $"{golden}: {string.Join(',', selected)}");
        }
    }

    [Fact]
    public void LabelNamesAndValues_GoldenMatchers_AsUpstream()
    {
        foreach (var golden in SelectCase.ReadAll())
        {
            if (!golden.Json.TryGetProperty("labelNames", out var names)) continue;
            var matchers = golden.Matchers(out _);
            Assert.Equal(SelectCase.Hex(names), SelectCase.Hex(_database.LabelNames(long.MinValue, long.MaxValue, matchers)));
            foreach (var label in golden.Json.GetProperty("labelValues").EnumerateObject())
            {
                var name = Encoding.UTF8.GetBytes(label.Name);
                var values = _database.LabelValues(name, long.MinValue, long.MaxValue, matchers);
                Assert.Equal(SelectCase.Hex(label.Value), SelectCase.Hex(values));
            }
        }
    }

    private static void AssertAscending(List<(long TimestampMs, double Value)> samples)
    {
        for (var i = 1; i < samples.Count; i++) Assert.True(samples[i - 1].TimestampMs < samples[i].TimestampMs);
    }
}
