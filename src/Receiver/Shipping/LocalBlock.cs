using System.Text.Json;

namespace Receiver.Shipping;

/// <summary>What a pass needs to know about a block on disk. Blocks never change, so it is read once.</summary>
/// <param name="Ulid">Name of the directory.</param>
/// <param name="Path">The directory.</param>
/// <param name="MinTimeMs">Its minTime.</param>
/// <param name="SampleCount">stats.numSamples.</param>
/// <param name="Level">compaction.level.</param>
internal sealed record LocalBlock(string Ulid, string Path, long MinTimeMs, long SampleCount, int Level)
{
    /// <summary>Reads and checks a block's meta.json.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not one of version 1.</exception>
    public static LocalBlock Read(string path)
    {
        var metaPath = System.IO.Path.Combine(path, ThanosMeta.FileName);
        try
        {
            using var meta = JsonDocument.Parse(File.ReadAllBytes(metaPath));
            var root = meta.RootElement;
            CheckVersions(root);
            var stats = root.TryGetProperty("stats", out var found) ? found : default;
            var compaction = root.TryGetProperty("compaction", out found) ? found : default;
            var ulid = System.IO.Path.GetFileName(path);
            return new LocalBlock(
                ulid, path, Number(root, "minTime"), Number(stats, "numSamples"), (int)Number(compaction, "level"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"CORRUPT: {metaPath}: {e.Message}", e);
        }
    }

    private static void CheckVersions(JsonElement root)
    {
        var version = Number(root, "version");
        if (version != 1) throw new InvalidDataException($"unexpected meta file version {version}");
        var thanosVersion = root.TryGetProperty("thanos", out var thanos) ? Number(thanos, "version") : 0;
        if (thanosVersion is not (0 or 1))
            throw new InvalidDataException($"unexpected meta file Thanos section version {thanosVersion}");
    }

    /// <summary>A member's value; 0 when the member or its object is absent, as the writer leaves zeros out.</summary>
    private static long Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null
            ? value.GetInt64() : 0;
}
