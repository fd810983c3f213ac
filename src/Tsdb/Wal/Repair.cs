using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>What a repair did.</summary>
/// <param name="Segment">Number of the segment that holds the last record in front of the defect.</param>
/// <param name="Offset">Where in it that record ends, bytes; 0 when there is none.</param>
/// <param name="SetAside">Full paths of what was set aside, by number of the segment.</param>
internal readonly record struct RepairResult(int Segment, long Offset, IReadOnlyList<string> SetAside);

/// <summary>Makes a log readable again after a reader found a defect in it.</summary>
/// <remarks>
/// The log then ends with the last record in front of the defect, as upstream's repair leaves it. Unlike there nothing is
/// deleted:
/// the damaged segment and those behind it stay beside the log as <c>NNNNNNNN.corrupt-N</c>, which no reader takes for a
/// segment.
/// Every step can be interrupted: the next start finds the same defect and repairs again, or finds none.
/// </remarks>
internal static class Repair
{
    private const string TemporarySuffix = ".repair";
    private const int CopyBytes = 1 << 20;

    /// <summary>Repairs the log. No writer may be open on it; open one afterwards.</summary>
    /// <param name="directory">The log.</param>
    /// <param name="defect">What a <see cref="SegmentReader"/> of this directory reported.</param>
    /// <param name="disk">What it is written through.</param>
    /// <exception cref="InvalidDataException">The defect is in a checkpoint, whose loss cannot be repaired.
    /// No file was touched.</exception>
    /// <exception cref="IOException">A file could not be read, written or renamed; the defect is still there.</exception>
    public static RepairResult Run(string directory, in WalCorruption defect, IDisk disk)
    {
        if (Path.GetFullPath(defect.Directory) != Path.GetFullPath(directory))
            throw new InvalidDataException($"CORRUPT: cannot repair a checkpoint: {defect}");
        var damaged = SegmentDirectory.SegmentPath(directory, defect.Segment);
        if (!File.Exists(damaged)) throw new InvalidDataException($"CORRUPT: cannot repair, segment missing: {defect}");
        var (segment, offset) = FindLastRecord(directory, defect);
        var setAside = new List<string>();
        var numbers = SegmentDirectory.ListNumbers(directory);
        // Highest first: whenever this stops, the numbers left have no gap.
        for (var i = numbers.Length - 1; i >= 0 && numbers[i] > defect.Segment; i--)
        {
            var path = SegmentDirectory.SegmentPath(directory, numbers[i]);
            setAside.Insert(0, FreeName(path));
            disk.Rename(path, setAside[0]);
        }
        for (var number = defect.Segment; number >= segment; number--)
        {
            var path = SegmentDirectory.SegmentPath(directory, number);
            var length = number == segment ? offset : 0;
            // A first fragment that never ended may lie in front of the segment in which that was noticed.
            if (number == defect.Segment || HoldsAnythingBehind(path, length)) setAside.Insert(0, Cut(path, length, disk));
        }
        disk.SyncDirectory(directory);
        return new RepairResult(segment, offset, setAside);
    }

    /// <summary>Finds where the last record in front of the defect ends, looking no further back than needed.</summary>
    private static (int Segment, long Offset) FindLastRecord(string directory, in WalCorruption defect)
    {
        var first = SegmentDirectory.ListNumbers(directory)[0];
        for (var from = defect.Segment; from >= first; from--)
        {
            var (segment, offset) = (-1, 0L);
            using var reader = new SegmentReader(directory, from, defect.Segment);
            while (reader.Read() && (reader.Segment < defect.Segment || reader.Offset < defect.Offset))
                (segment, offset) = (reader.Segment, reader.Offset);
            if (segment >= 0) return (segment, offset);
        }
        return (first, 0);
    }

    private static bool HoldsAnythingBehind(string path, long offset)
    {
        using var file = File.OpenHandle(path);
        var buffer = new byte[PageFormat.PageBytes];
        for (int read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0)) return true;
        }
        return false;
    }

    /// <summary>Cuts a segment and keeps the whole of it under another name.</summary>
    /// <returns>That name.</returns>
    private static string Cut(string path, long length, IDisk disk)
    {
        var aside = FreeName(path);
        disk.Link(path, aside);
        WritePrefix(path, length, path + TemporarySuffix, disk);
        disk.Rename(path + TemporarySuffix, path);
        return aside;
    }

    /// <summary>The bytes in front of the defect are sound as they are: they are copied, and padded to a whole page.</summary>
    private static void WritePrefix(string from, long length, string to, IDisk disk)
    {
        using var source = File.OpenHandle(from, options: FileOptions.SequentialScan);
        using var target = disk.OverwriteFile(to);
        var buffer = new byte[(int)Math.Min(CopyBytes, Math.Max(length, 1))];
        long at = 0;
        while (at < length)
        {
            var read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)), at);
            if (read == 0) break; // The last record ended in the zero extension; the padding below restores it.
            target.Write(buffer.AsSpan(0, read), at);
            at += read;
        }
        var pages = (length + PageFormat.PageBytes - 1) / PageFormat.PageBytes;
        target.SetLength(pages * PageFormat.PageBytes);
        target.Sync();
    }

    private static string FreeName(string path)
    {
        for (var i = 1; ; i++)
        {
            var name = $"{path}.corrupt-{i}";
            if (!File.Exists(name)) return name;
        }
    }
}
