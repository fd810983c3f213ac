using System.Text;
using System.Text.Json;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Chunks;

namespace Tsdb.Tests.Head;

/// <summary>Recorded scripts of appends that mix floats and native histograms: outcomes, stored samples and chunks are those of
/// the real database.</summary>
public class HistogramSequenceTests
{
    [Fact]
    public void Scripts_WithHistograms_HaveTheRecordedOutcomes()
    {
        var checkedScripts = 0;
        foreach (var file in Golden.Files("tsdb/semantics", "*.jsonl*"))
        {
            foreach (var line in Golden.Lines(file))
            {
                if (!line.Contains("appendHistogram", StringComparison.Ordinal)) continue;
                using var script = JsonDocument.Parse(line);
                // Samples out of order are another part.
                if (script.RootElement.GetProperty("oooWindow").ToString() != "0") continue;
                using var folder = new TempFolder();
                using var run = new Script(folder.Path, script.RootElement);
                run.Run();
                checkedScripts++;
            }
        }
        Assert.True(checkedScripts >= 2, $"{checkedScripts} scripts");
    }

    private sealed class Script(string folder, JsonElement script) : IDisposable
    {
        private readonly Dictionary<string, HeadAppender> _appenders = [];
        private readonly ByteBuffer _scratch = new();
        private int _step;

        public void Run()
        {
            using var database = Database.Open(new DatabaseOptions { Directory = folder });
            foreach (var step in script.GetProperty("steps").EnumerateArray())
            {
                _step++;
                switch (step.GetProperty("op").GetString())
                {
                    case "open": break;
                    case "append" or "appendHistogram":
                        Same(Text(step, "err"), Append(Appender(database, step), step));
                        break;
                    case "commit":
                        var appender = Appender(database, step);
                        appender.Commit();
                        appender.Dispose();
                        _appenders.Remove(Text(step, "app"));
                        Same(step.GetProperty("state").GetProperty("maxTime").GetString()!, $"{database.HeadMaxTimeMs}");
                        break;
                    case "query": Same(Expected(step), Stored(database)); break;
                    case "headSeries": Same(ExpectedChunks(step), Chunks(database)); break;
                    case var other: Assert.Fail($"unknown step {other}"); break;
                }
            }
        }

        public void Dispose() => _scratch.Dispose();

        private void Same(string expected, string actual) =>
            Assert.True(expected == actual, $"{script.GetProperty("name")}, step {_step}: expected\n{expected}\nbut\n{actual}");

        private HeadAppender Appender(Database database, JsonElement step)
        {
            var name = Text(step, "app");
            if (!_appenders.TryGetValue(name, out var appender)) _appenders.Add(name, appender = database.CreateAppender());
            return appender;
        }

        private string Append(HeadAppender appender, JsonElement step)
        {
            var labels = Labels(step.GetProperty("labels"));
            var items = new[] { new AppendItem { Key = CanonicalKey.Compute(labels.Encoded, _scratch) } };
            appender.Find(items);
            if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], labels.Encoded);
            var t = long.Parse(Text(step, "t"), provider: null);
            if (step.TryGetProperty("v", out var value))
            {
                (items[0].TimestampMs, items[0].ValueBits) = (t, Convert.ToUInt64(value.GetString()![..16], 16));
                appender.Append(items);
                return Text(items[0].Result, null);
            }
            var histogram = new HistogramItem
            {
                SeriesIndex = items[0].SeriesIndex,
                TimestampMs = t,
                Sample = HistogramJson.Read(step.GetProperty("h")),
            };
            appender.AppendHistogram(ref histogram);
            return Text(histogram.Result, histogram.Fault);
        }

        private static string Text(AppendResult result, string? fault) => result switch
        {
            AppendResult.Appended or AppendResult.Duplicate => "",
            AppendResult.OutOfOrder => "out of order sample",
            AppendResult.DuplicateConflict => "duplicate sample for timestamp",
            _ => fault ?? result.ToString(),
        };

        private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

        private static LabelSet Labels(JsonElement json)
        {
            using var encoded = new ByteBuffer();
            encoded.WriteUvarint((ulong)json.GetArrayLength());
            foreach (var label in json.EnumerateArray())
            {
                encoded.WriteString(Encoding.UTF8.GetBytes(label[0].GetString()!));
                encoded.WriteString(Encoding.UTF8.GetBytes(label[1].GetString()!));
            }
            return LabelSet.FromEncoded(encoded.Written);
        }

        private static string Expected(JsonElement step)
        {
            var text = new StringBuilder();
            foreach (var series in step.GetProperty("result").EnumerateArray())
            {
                var samples = new SortedDictionary<long, string>();
                if (series.TryGetProperty("s", out var floats))
                {
                    foreach (var sample in floats.EnumerateArray())
                        samples.Add(long.Parse(sample[0].GetString()!, provider: null), sample[1].GetString()![..16]);
                }
                if (series.TryGetProperty("h", out var histograms))
                {
                    foreach (var sample in histograms.EnumerateArray())
                    {
                        var described = HistogramJson.Describe(HistogramJson.Read(sample));
                        samples.Add(long.Parse(Text(sample, "t"), provider: null), described);
                    }
                }
                Write(text, Labels(series.GetProperty("labels")), samples);
            }
            return text.ToString();
        }

        private static string Stored(Database database)
        {
            var text = new StringBuilder();
            foreach (var (labels, samples) in HistogramDump.Of(database)) Write(text, labels, samples);
            return text.ToString();
        }

        private static void Write(StringBuilder to, LabelSet labels, SortedDictionary<long, string> samples)
        {
            to.Append(labels).Append('\n');
            foreach (var (t, sample) in samples) to.Append(t).Append(' ').Append(sample).Append('\n');
        }

        private static string ExpectedChunks(JsonElement step)
        {
            var text = new StringBuilder();
            foreach (var series in step.GetProperty("result").EnumerateArray())
            {
                text.Append(Labels(series.GetProperty("labels")));
                foreach (var chunk in series.GetProperty("inOrderChunks").EnumerateArray())
                    text.Append($" {chunk.GetProperty("encoding")}:{chunk.GetProperty("mint")}:{chunk.GetProperty("num")}");
                text.Append('\n');
            }
            return text.ToString();
        }

        private static string Chunks(Database database)
        {
            var text = new StringBuilder();
            using var cursor = database.Select(long.MinValue, long.MaxValue, HistogramDump.Everything, skipChunks: false);
            while (cursor.MoveNext())
            {
                text.Append(cursor.Labels);
                foreach (var chunk in cursor.Chunks)
                    text.Append($" {(int)chunk.Encoding}:{chunk.MinTimeMs}:{XorChunk.SampleCount(chunk.Data.Span)}");
                text.Append('\n');
            }
            return text.ToString();
        }
    }
}
