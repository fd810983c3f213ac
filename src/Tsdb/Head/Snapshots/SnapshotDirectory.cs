using System.Globalization;
using Tsdb.Files;

namespace Tsdb.Head.Snapshots;

/// <summary>Up to where a snapshot stands for the log.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Offset">Bytes of it.</param>
internal readonly record struct SnapshotPosition(int Segment, long Offset) : IComparable<SnapshotPosition>
{
    /// <inheritdoc/>
    public int CompareTo(SnapshotPosition other) => (Segment, Offset).CompareTo((other.Segment, other.Offset));
}

/// <summary>Names of the memory snapshots in a database directory.</summary>
internal static class SnapshotDirectory
{
    private const string Prefix = "chunk_snapshot.";

    /// <summary>Path of the snapshot that ends at a position of the log.</summary>
    public static string PathOf(string directory, SnapshotPosition end) => Path.Combine(
        directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{end.Segment:D6}.{end.Offset:D10}"));

    /// <summary>Positions of all snapshots, ascending; half written ones are none.</summary>
    public static IReadOnlyList<SnapshotPosition> List(string directory)
    {
        var found = new List<SnapshotPosition>();
        foreach (var path in Directory.GetDirectories(directory, Prefix + "*"))
        {
            if (Path.GetFileName(path).Split('.') is [_, var segment, var offset]
                && int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
                found.Add(new SnapshotPosition(number, at));
        }
        found.Sort();
        return found;
    }

    /// <summary>Deletes all snapshots, each at once and for good: half of one would pass for a small one.</summary>
    /// <exception cref="IOException">One could not be deleted.</exception>
    public static void DeleteAll(string directory, IDisk disk)
    {
        var isAny = false;
        foreach (var position in List(directory))
        {
            var path = PathOf(directory, position);
            disk.DeleteDirectory(path + SnapshotRecord.TemporarySuffix);
            disk.Rename(path, path + SnapshotRecord.TemporarySuffix);
            isAny = true;
        }
        if (isAny) disk.SyncDirectory(directory);
        foreach (var rest in Directory.GetDirectories(directory, Prefix + "*" + SnapshotRecord.TemporarySuffix))
            disk.DeleteDirectory(rest);
    }

    /// <summary>Deletes the snapshots that end before a position.</summary>
    /// <exception cref="IOException">One could not be deleted.</exception>
    public static void DeleteBefore(string directory, SnapshotPosition end, IDisk disk)
    {
        foreach (var older in List(directory))
        {
            if (older.CompareTo(end) < 0) disk.DeleteDirectory(PathOf(directory, older));
        }
    }
}
