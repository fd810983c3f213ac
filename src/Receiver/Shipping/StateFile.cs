using System.Text.Json;
using Tsdb.Memory;

namespace Receiver.Shipping;

/// <summary>"thanos.shipper.json" of a tenant: the ULIDs of the local blocks that are in the bucket, in upload order.</summary>
/// <remarks>Format: {"version": 1, "uploaded": [ULID, …]}, tab-indented, null for none; docs/formats/shipping.md.</remarks>
internal static class StateFile
{
    private const string Name = "thanos.shipper.json";
    private const int Version = 1;

    /// <summary>Reads the list.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not JSON of version 1.</exception>
    public static List<string> Read(string tenantDirectory)
    {
        var path = Path.Combine(tenantDirectory, Name);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var version = document.RootElement.TryGetProperty("version", out var number) ? number.GetInt32() : 0;
            if (version != Version) throw new InvalidDataException($"unexpected meta file version {version}");
            var uploaded = new List<string>();
            if (document.RootElement.TryGetProperty("uploaded", out var list) && list.ValueKind == JsonValueKind.Array)
            {
                foreach (var ulid in list.EnumerateArray()) uploaded.Add(ulid.GetString() ?? "");
            }
            return uploaded;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"CORRUPT: {path}: {e.Message}", e);
        }
    }

    /// <summary>Replaces the file by rename; the old or the new list survives a crash, never half of one.</summary>
    public static void Write(string tenantDirectory, IReadOnlyList<string> uploaded)
    {
        var path = Path.Combine(tenantDirectory, Name);
        var unfinished = path + ".tmp";
        using (var file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, Render(uploaded), 0);
            Libc.Fsync(file, unfinished);
        }
        File.Move(unfinished, path, overwrite: true);
        Libc.FsyncDirectory(tenantDirectory);
    }

    /// <summary>The file's content.</summary>
    internal static byte[] Render(IReadOnlyList<string> uploaded)
    {
        var json = new GoJson().BeginObject().Name("version"u8).Number(Version).Name("uploaded"u8);
        if (uploaded.Count == 0) return json.Null().EndObject().ToFile();
        json.BeginArray();
        foreach (var ulid in uploaded) json.Text(ulid);
        return json.EndArray().EndObject().ToFile();
    }
}
