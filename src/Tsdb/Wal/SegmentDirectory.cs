using System.Globalization;
using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>Names and numbers of the files of a log directory.</summary>
internal static class SegmentDirectory
{
    private const string CheckpointPrefix = "checkpoint.";
    private const string TemporarySuffix = ".tmp";

    /// <summary>Name of a segment: its number, at least 8 digits.</summary>
    public static string FileName(int segment) => segment.ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>Path of a segment.</summary>
    public static string SegmentPath(string directory, int segment) => Path.Combine(directory, FileName(segment));

    /// <summary>Path of the checkpoint whose last folded segment is <paramref name="segment"/>.</summary>
    public static string CheckpointPath(string directory, int segment) =>
        Path.Combine(directory, CheckpointPrefix + FileName(segment));

    /// <summary>Path under which that checkpoint is written before it is published.</summary>
    public static string TemporaryCheckpointPath(string directory, int segment) =>
        CheckpointPath(directory, segment) + TemporarySuffix;

    /// <summary>Numbers of all segments, ascending; empty for an empty or missing directory.</summary>
    /// <remarks>Every entry whose whole name is a decimal number counts; others are none of ours.</remarks>
    /// <exception cref="InvalidDataException">The numbers have a gap: a segment was lost.</exception>
    public static int[] ListSegments(string directory)
    {
        var numbers = ListNumbers(directory);
        for (var i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] == numbers[i - 1] + 1) continue;
            throw new InvalidDataException(
                $"CORRUPT: {directory}: segments are not sequential: {FileName(numbers[i])} follows {FileName(numbers[i - 1])}");
        }
        return numbers;
    }

    /// <summary>As <see cref="ListSegments"/>, gaps allowed.</summary>
    public static int[] ListNumbers(string directory)
    {
        var numbers = new List<int>();
        if (!Directory.Exists(directory)) return [];
        foreach (var path in Directory.EnumerateFileSystemEntries(directory))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
        }
        numbers.Sort();
        return [.. numbers];
    }

    /// <summary>Numbers of all published checkpoints, ascending; a file that bears such a name is none.</summary>
    public static int[] ListCheckpoints(string directory)
    {
        var numbers = new List<int>();
        if (!Directory.Exists(directory)) return [];
        foreach (var path in Directory.EnumerateFileSystemEntries(directory, CheckpointPrefix + "*"))
        {
            var suffix = Path.GetFileName(path.AsSpan())[CheckpointPrefix.Length..];
            if (!int.TryParse(suffix, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) continue;
            if (Directory.Exists(path)) numbers.Add(number);
        }
        numbers.Sort();
        return [.. numbers];
    }

    /// <summary>The newest checkpoint's number, or -1 when there is none.</summary>
    public static int LastCheckpoint(string directory) => ListCheckpoints(directory) is [.., var last] ? last : -1;

    /// <summary>The first free name <c>….corrupt-N</c> for a damaged file that is kept.</summary>
    public static string FreeAsideName(string path)
    {
        for (var i = 1; ; i++)
        {
            var name = $"{path}.corrupt-{i}";
            if (!File.Exists(name)) return name;
        }
    }

    /// <summary>Removes what an interrupted checkpoint left behind.</summary>
    public static void DeleteTemporaryCheckpoints(string directory, IDisk disk)
    {
        if (!Directory.Exists(directory)) return;
        foreach (var path in Directory.GetDirectories(directory, CheckpointPrefix + "*" + TemporarySuffix))
            disk.DeleteDirectory(path);
    }

    /// <summary>Flushes every segment that a replay reads to the device: a process that was killed may have left it in the
    /// system's cache.</summary>
    /// <exception cref="IOException">The device refused.</exception>
    public static void Sync(string directory, IDisk disk)
    {
        var checkpoint = LastCheckpoint(directory);
        foreach (var number in ListNumbers(directory))
        {
            if (number > checkpoint) disk.SyncFile(SegmentPath(directory, number));
        }
    }

    /// <summary>Bytes of all files in a directory and below it; a file that vanishes meanwhile counts as nothing.</summary>
    public static long SizeBytes(string directory)
    {
        long total = 0;
        if (!Directory.Exists(directory)) return 0;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            file.Refresh();
            if (file.Exists) total += file.Length;
        }
        return total;
    }
}
