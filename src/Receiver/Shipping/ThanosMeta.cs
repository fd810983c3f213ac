using System.Globalization;
using System.Text;
using System.Text.Json;
using Tsdb.Labels;

namespace Receiver.Shipping;

/// <summary>A file of an uploaded block, as "thanos.files" lists it.</summary>
/// <param name="RelativePath">Path below the block, '/'-separated.</param>
/// <param name="SizeBytes">Size; null for meta.json, which cannot know its own.</param>
/// <param name="Sha256">Lower-case hex, or null when files are not hashed.</param>
internal sealed record BlockFile(string RelativePath, long? SizeBytes, string? Sha256);

/// <summary>
/// Makes the meta.json that goes into the bucket: the block's own with a "thanos" section. Format: docs/formats/shipping.md.
/// </summary>
internal static class ThanosMeta
{
    public const string FileName = "meta.json";

    /// <summary>Renders the file.</summary>
    /// <param name="local">Content of the block's own meta.json; its members are kept in their order.</param>
    /// <param name="external">External labels, set over those of an earlier thanos section.</param>
    /// <param name="files">All files but meta.json, by path.</param>
    /// <param name="uploadedAt">The present.</param>
    public static byte[] Render(
        ReadOnlyMemory<byte> local, LabelSet external, IReadOnlyList<BlockFile> files, DateTimeOffset uploadedAt)
    {
        using var document = JsonDocument.Parse(local);
        var json = new GoJson().BeginObject();
        JsonElement earlier = default;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.NameEquals("thanos"u8)) earlier = member.Value;
            else json.Name(Encoding.UTF8.GetBytes(member.Name)).Copy(member.Value);
        }
        json.Name("thanos"u8).BeginObject();
        WriteVersion(json, earlier);
        WriteLabels(json, earlier, external);
        json.Name("downsample"u8).BeginObject().Name("resolution"u8).Number(0).EndObject();
        json.Name("source"u8).Text("receive"u8);
        WriteFiles(json, files);
        json.Name("index_stats"u8).BeginObject().EndObject();
        json.Name("upload_time"u8)
            .Text(uploadedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
        return json.EndObject().EndObject().ToFile();
    }

    private static void WriteVersion(GoJson json, JsonElement earlier)
    {
        if (earlier.ValueKind == JsonValueKind.Object && earlier.TryGetProperty("version", out var version)
            && version.GetInt32() != 0)
            json.Name("version"u8).Copy(version);
    }

    private static void WriteLabels(GoJson json, JsonElement earlier, LabelSet external)
    {
        // Keys are sorted by their bytes, as Go sorts a map's.
        var byBytes = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var labels = new SortedDictionary<byte[], byte[]>(byBytes);
        if (earlier.ValueKind == JsonValueKind.Object && earlier.TryGetProperty("labels", out var kept)
            && kept.ValueKind == JsonValueKind.Object)
        {
            foreach (var label in kept.EnumerateObject())
                labels[Encoding.UTF8.GetBytes(label.Name)] = Encoding.UTF8.GetBytes(label.Value.GetString() ?? "");
        }
        foreach (var label in external) labels[label.Name.ToArray()] = label.Value.ToArray();
        json.Name("labels"u8).BeginObject();
        foreach (var (name, value) in labels) json.Name(name).Text(value);
        json.EndObject();
    }

    private static void WriteFiles(GoJson json, IReadOnlyList<BlockFile> files)
    {
        json.Name("segment_files"u8).BeginArray();
        foreach (var file in files)
        {
            if (file.RelativePath.StartsWith(BlockUpload.ChunksFolder + "/", StringComparison.Ordinal))
                json.Text(file.RelativePath[(BlockUpload.ChunksFolder.Length + 1)..]);
        }
        json.EndArray().Name("files"u8).BeginArray();
        foreach (var file in files) WriteFile(json, file);
        WriteFile(json, new BlockFile(FileName, null, null));
        json.EndArray();
    }

    private static void WriteFile(GoJson json, BlockFile file)
    {
        json.BeginObject().Name("rel_path"u8).Text(file.RelativePath);
        if (file.SizeBytes is > 0 and var size) json.Name("size_bytes"u8).Number(size);
        if (file.Sha256 is { } hash)
            json.Name("hash"u8).BeginObject().Name("hashFunc"u8).Text("SHA256"u8).Name("value"u8).Text(hash).EndObject();
        json.EndObject();
    }
}
