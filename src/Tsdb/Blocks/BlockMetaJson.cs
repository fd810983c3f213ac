using System.Buffers;
using System.Text.Json;

namespace Tsdb.Blocks;

/// <summary>Reads and writes <c>meta.json</c> byte for byte as upstream's encoder does: tabs, its key order, zeros left
/// out.</summary>
internal static class BlockMetaJson
{
    private const int Version = 1;

    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        IndentCharacter = '\t',
        IndentSize = 1,
        NewLine = "\n",
    };

    public static byte[] Encode(BlockMeta meta)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            json.WriteString("ulid", meta.Ulid);
            json.WriteNumber("minTime", meta.MinTimeMs);
            json.WriteNumber("maxTime", meta.MaxTimeMs);
            WriteStats(json, meta.Stats);
            WriteCompaction(json, meta);
            json.WriteNumber("version", Version);
            if (meta.Thanos is { } thanos)
            {
                json.WritePropertyName("thanos");
                thanos.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The version is not the one expected or the ULID is missing.</exception>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public static BlockMeta Decode(ReadOnlyMemory<byte> json, int expectedVersion = Version)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var version = Number(root, "version");
        if (version != expectedVersion) throw new InvalidDataException($"unexpected meta file version {version}");
        var ulid = root.GetProperty("ulid").GetString() ?? "";
        var compaction = root.TryGetProperty("compaction", out var found) ? found : default;
        return new BlockMeta
        {
            Ulid = Ulid.IsValid(ulid) ? ulid : throw new InvalidDataException($"\"{ulid}\" is no ULID"),
            MinTimeMs = Number(root, "minTime"),
            MaxTimeMs = Number(root, "maxTime"),
            Stats = root.TryGetProperty("stats", out var stats) ? DecodeStats(stats) : new BlockStats(),
            Level = (int)Number(compaction, "level"),
            Sources = Strings(compaction, "sources"),
            IsDeletable = Flag(compaction, "deletable"),
            Parents = DecodeParents(compaction),
            IsFailed = Flag(compaction, "failed"),
            Hints = Strings(compaction, "hints"),
            Thanos = root.TryGetProperty("thanos", out var thanos) ? thanos.Clone() : null,
        };
    }

    private static void WriteStats(Utf8JsonWriter json, BlockStats stats)
    {
        json.WriteStartObject("stats");
        WriteNonZero(json, "numSamples", stats.SampleCount);
        WriteNonZero(json, "numFloatSamples", stats.FloatSampleCount);
        WriteNonZero(json, "numHistogramSamples", stats.HistogramSampleCount);
        WriteNonZero(json, "numSeries", stats.SeriesCount);
        WriteNonZero(json, "numChunks", stats.ChunkCount);
        WriteNonZero(json, "numTombstones", stats.TombstoneCount);
        json.WriteEndObject();
    }

    private static void WriteCompaction(Utf8JsonWriter json, BlockMeta meta)
    {
        json.WriteStartObject("compaction");
        json.WriteNumber("level", meta.Level);
        WriteStrings(json, "sources", meta.Sources);
        if (meta.IsDeletable) json.WriteBoolean("deletable", true);
        if (meta.Parents.Count > 0)
        {
            json.WriteStartArray("parents");
            foreach (var parent in meta.Parents)
            {
                json.WriteStartObject();
                json.WriteString("ulid", parent.Ulid);
                json.WriteNumber("minTime", parent.MinTimeMs);
                json.WriteNumber("maxTime", parent.MaxTimeMs);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (meta.IsFailed) json.WriteBoolean("failed", true);
        WriteStrings(json, "hints", meta.Hints);
        json.WriteEndObject();
    }

    private static void WriteNonZero(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0) json.WriteNumber(name, value);
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static BlockStats DecodeStats(JsonElement stats) => new()
    {
        SampleCount = Number(stats, "numSamples"),
        FloatSampleCount = Number(stats, "numFloatSamples"),
        HistogramSampleCount = Number(stats, "numHistogramSamples"),
        SeriesCount = Number(stats, "numSeries"),
        ChunkCount = Number(stats, "numChunks"),
        TombstoneCount = Number(stats, "numTombstones"),
    };

    private static List<BlockParent> DecodeParents(JsonElement compaction)
    {
        var parents = new List<BlockParent>();
        if (!TryGet(compaction, "parents", out var list)) return parents;
        foreach (var parent in list.EnumerateArray())
        {
            var ulid = parent.GetProperty("ulid").GetString() ?? "";
            parents.Add(new BlockParent(ulid, Number(parent, "minTime"), Number(parent, "maxTime")));
        }
        return parents;
    }

    private static List<string> Strings(JsonElement from, string name)
    {
        var strings = new List<string>();
        if (!TryGet(from, name, out var list)) return strings;
        foreach (var value in list.EnumerateArray()) strings.Add(value.GetString() ?? "");
        return strings;
    }

    private static long Number(JsonElement from, string name) => TryGet(from, name, out var value) ? value.GetInt64() : 0;

    private static bool Flag(JsonElement from, string name) => TryGet(from, name, out var value) && value.GetBoolean();

    private static bool TryGet(JsonElement from, string name, out JsonElement value)
    {
        value = default;
        if (from.ValueKind != JsonValueKind.Object || !from.TryGetProperty(name, out value)) return false;
        return value.ValueKind != JsonValueKind.Null;
    }
}
