using System.Text;
using System.Text.Json.Nodes;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Wal;

namespace Tsdb.Tests.Head.Sequences;

/// <summary>What a database is at one moment, and what a recording says it was, in the same words.</summary>
internal static class DatabaseView
{
    public static string State(Database database)
    {
        var times = database.Parts.Head.Times;
        var late = database.Parts.Head.Late.Times;
        var text = $"min {times.MinMs} max {times.MaxMs} series {database.SeriesCount} ooo {late.MinMs}-{late.MaxMs}";
        return times.MinMs == long.MaxValue ? text : $"{text} appendable {times.AppendableMinMs}";
    }

    /// <summary>Whether the times of a state mean something: those that upstream invents when it flushes an empty head do
    /// not.</summary>
    public static bool HasTimes(JsonNode state) =>
        GoldenJson.Int64(state["minTime"]) is var min && (min == long.MaxValue || min > long.MinValue / 2);

    public static string State(JsonNode state)
    {
        var text = $"min {state["minTime"]} max {state["maxTime"]} series {state["numSeries"]} "
            + $"ooo {state["minOOOTime"]}-{state["maxOOOTime"]}";
        return state["appendableMinValidTime"] is { } min ? $"{text} appendable {min}" : text;
    }

    public static string Blocks(Database database)
    {
        var text = new StringBuilder();
        foreach (var block in database.Blocks)
        {
            var (meta, stats) = (block.Meta, block.Meta.Stats);
            var (first, last) = Times(block);
            text.Append($"{meta.MinTimeMs}-{meta.MaxTimeMs} level {meta.Level} parents {meta.Parents.Count} ");
            text.Append($"hints [{string.Join(',', meta.Hints)}] samples {first}-{last} ");
            text.Append($"{stats.SampleCount}/{stats.FloatSampleCount}/{stats.HistogramSampleCount} ");
            text.Append($"series {stats.SeriesCount} chunks {stats.ChunkCount} deleted {stats.TombstoneCount}\n");
        }
        return Sorted(text);
    }

    public static string Blocks(JsonNode? blocks)
    {
        var text = new StringBuilder();
        foreach (var block in blocks as JsonArray ?? [])
        {
            var stats = block!["stats"]!;
            text.Append($"{block["minTime"]}-{block["maxTime"]} level {block["level"]} parents {block["parents"]} ");
            text.Append($"hints [{string.Join(',', block["hints"] as JsonArray ?? [])}] ");
            text.Append($"samples {block["firstSample"]}-{block["lastSample"]} ");
            text.Append($"{Number(stats, "numSamples")}/{Number(stats, "numFloatSamples")}/");
            text.Append($"{Number(stats, "numHistogramSamples")} series {Number(stats, "numSeries")} ");
            text.Append($"chunks {Number(stats, "numChunks")} deleted {Number(stats, "numTombstones")}\n");
        }
        return Sorted(text);
    }

    public static string LogFiles(string directory)
    {
        var names = new List<string>();
        foreach (var log in (ReadOnlySpan<string>)["wal", "wbl"])
        {
            if (!Directory.Exists(Path.Combine(directory, log))) continue;
            foreach (var path in Directory.GetFileSystemEntries(Path.Combine(directory, log)))
                names.Add($"{log}/{Path.GetFileName(path)}");
        }
        names.Sort(StringComparer.Ordinal);
        return string.Join(' ', names);
    }

    /// <summary>Series of the head in label order, with the chunks of in-order samples they have, the open one
    /// included.</summary>
    public static string HeadSeries(Database database)
    {
        var head = database.Parts.Head;
        var all = new HeadPostings(head).All().ToArray();
        Array.Sort(all, (a, b) => head.Index.Compare(head.Series.Cold[a], head.Series.Cold[b]));
        var text = new StringBuilder();
        foreach (var index in all)
        {
            text.Append($"{new HeadPostings(head).LabelsOf(index)} ref {head.Series.Cold[index].Ref}");
            var chunks = new List<string>();
            for (var at = head.Series.Cold[index].NewestChunk; at != FullChunks.None; at = head.Series.Full[at].Older)
            {
                ref var chunk = ref head.Series.Full[at];
                chunks.Add($" {(int)chunk.Encoding}:{chunk.MinTimeMs}-{chunk.MaxTimeMs}:{chunk.SampleCount}");
            }
            chunks.Reverse();
            text.AppendJoin("", chunks).Append(OpenChunk(head, index)).Append('\n');
        }
        return text.ToString();
    }

    public static string HeadSeries(JsonNode? result)
    {
        var text = new StringBuilder();
        foreach (var series in result as JsonArray ?? [])
        {
            text.Append($"{LabelSet.FromEncoded(GoldenJson.Labels(series!["labels"]))} ref {series["ref"]}");
            foreach (var chunk in series["inOrderChunks"] as JsonArray ?? [])
            {
                var end = GoldenJson.Int64(chunk!["maxt"]);
                text.Append($" {chunk["encoding"]}:{chunk["mint"]}-{(end == long.MaxValue ? "" : end)}:{chunk["num"]}");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    public static string Samples(Database database)
    {
        var text = new StringBuilder();
        foreach (var (labels, samples) in HistogramDump.Of(database)) Write(text, labels, samples);
        return text.ToString();
    }

    public static string Samples(JsonNode? result)
    {
        var text = new StringBuilder();
        foreach (var series in result as JsonArray ?? [])
        {
            var samples = new SortedDictionary<long, string>();
            foreach (var sample in series!["s"] as JsonArray ?? [])
                samples.Add(GoldenJson.Int64(sample![0]), GoldenJson.Text(sample[1])[..16]);
            foreach (var sample in series["h"] as JsonArray ?? [])
                samples.Add(GoldenJson.Int64(sample!["t"]), Chunks.HistogramJson.Describe(GoldenJson.Histogram(sample)));
            Write(text, LabelSet.FromEncoded(GoldenJson.Labels(series["labels"])), samples);
        }
        return text.ToString();
    }

    public static string Exemplars(Database database)
    {
        var text = new StringBuilder();
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
        {
            text.Append(series.Labels).Append('\n');
            foreach (var exemplar in series.Exemplars)
                text.Append($"{exemplar.Labels} {exemplar.ValueBits:x16} {exemplar.TimestampMs}\n");
        }
        return text.ToString();
    }

    public static string Exemplars(JsonNode? result)
    {
        var text = new StringBuilder();
        foreach (var series in result as JsonArray ?? [])
        {
            text.Append(LabelSet.FromEncoded(GoldenJson.Labels(series!["series"]))).Append('\n');
            foreach (var exemplar in series["exemplars"]!.AsArray())
            {
                var labels = LabelSet.FromEncoded(GoldenJson.Labels(exemplar!["labels"]));
                text.Append($"{labels} {GoldenJson.Text(exemplar["v"])[..16]} {exemplar["t"]}\n");
            }
        }
        return text.ToString();
    }

    private static string OpenChunk(TsdbHead head, uint index)
    {
        ref var hot = ref head.Series.Hot[index];
        if (!hot.HasAnyChunk) return "";
        if (hot.HasChunk) return $" {(int)ChunkEncoding.Xor}:{hot.ChunkMinTimeMs}-:{hot.SampleCount}";
        var chunk = head.Series.Histograms.Of(index).Chunk!;
        return $" {(int)chunk.Encoding}:{hot.ChunkMinTimeMs}-:{chunk.SampleCount}";
    }

    private static (long First, long Last) Times(BlockReader block)
    {
        var (first, last) = (long.MaxValue, long.MinValue);
        using var labels = new ByteBuffer();
        var metas = new List<ChunkMeta>();
        foreach (var series in block.Index.All().ToArray())
        {
            Assert.True(block.Index.TrySeries(series, labels, metas));
            foreach (var meta in metas)
                (first, last) = (Math.Min(first, meta.MinTimeMs), Math.Max(last, meta.MaxTimeMs));
        }
        return (first, last);
    }

    /// <summary>Blocks that begin at the same time come in any order.</summary>
    private static string Sorted(StringBuilder lines)
    {
        var sorted = lines.ToString().Split('\n');
        Array.Sort(sorted, StringComparer.Ordinal);
        return string.Join('\n', sorted);
    }

    private static string Number(JsonNode stats, string name) => stats[name]?.ToString() ?? "0";

    private static void Write(StringBuilder to, LabelSet labels, SortedDictionary<long, string> samples)
    {
        to.Append(labels).Append('\n');
        foreach (var (t, sample) in samples) to.Append(t).Append(' ').Append(sample).Append('\n');
    }
}
