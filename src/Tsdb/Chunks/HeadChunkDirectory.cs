using System.Globalization;
using Tsdb.Files;

namespace Tsdb.Chunks;

/// <summary>Finds the chunk files of a head and brings them into a state in which all of them can be opened.</summary>
/// <remarks>Nothing is deleted but a last file that was never written. A file whose header is damaged is set aside as
/// <c>NNNNNN.corrupt-N</c>; it, and a file that is missing between others, get an empty one in their place, so that other
/// programs,
/// which accept no hole, open the directory too. What the files held is in the log. Reasons: decision 0104.</remarks>
internal static class HeadChunkDirectory
{
    /// <summary>Missing files that are replaced; a hole that is larger comes from one stray file.</summary>
    private const int FilledMax = 1000;

    /// <summary>Lists the files by number, repaired.</summary>
    /// <param name="directory">Exists.</param>
    /// <param name="disk">What it is changed through.</param>
    /// <param name="problems">Gets what was wrong, a line each that names a path.</param>
    /// <param name="setAside">Gets the paths of what was set aside.</param>
    /// <exception cref="IOException">A file could not be read, renamed or created.</exception>
    public static SortedDictionary<int, string> Prepare(
        string directory, IDisk disk, List<string> problems, List<string> setAside)
    {
        var files = new SortedDictionary<int, string>();
        foreach (var path in Directory.GetFiles(directory))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                files[number] = path;
        }
        DropUnwrittenLast(files, disk);
        var expected = -1;
        foreach (var (number, path) in new List<KeyValuePair<int, string>>(files))
        {
            if (expected >= 0 && number > expected)
            {
                problems.Add($"CORRUPT: head chunk files {expected} to {number - 1} are missing in front of {path}");
                for (var missing = expected; missing < number && number - expected <= FilledMax; missing++)
                    files[missing] = CreateEmpty(Path.Combine(directory, HeadChunkFormat.FileName(missing)), disk);
            }
            expected = number + 1;
            if (HeadChunkFile.HeaderProblem(path) is not { } problem) continue;
            problems.Add($"CORRUPT: head chunk file {path}: {problem}");
            setAside.Add(Replace(path, disk));
        }
        if (problems.Count > 0) disk.SyncDirectory(directory);
        return files;
    }

    /// <summary>Gives a file a name by which nobody takes it for a chunk file, and puts an empty one in its place.</summary>
    /// <returns>That name, a full path.</returns>
    public static string Replace(string path, IDisk disk)
    {
        var kept = Wal.SegmentDirectory.FreeAsideName(path);
        disk.Rename(path, kept);
        CreateEmpty(path, disk);
        return kept;
    }

    private static string CreateEmpty(string path, IDisk disk)
    {
        Span<byte> header = stackalloc byte[HeadChunkFormat.FileHeaderBytes];
        HeadChunkFormat.WriteFileHeader(header);
        using var file = disk.CreateFile(path);
        file.Write(header, 0);
        file.Sync();
        return path;
    }

    /// <summary>A crash right after creation leaves a last file with nothing in it, or with the beginning of a header: it
    /// never held
    /// a chunk.</summary>
    private static void DropUnwrittenLast(SortedDictionary<int, string> files, IDisk disk)
    {
        var last = 0;
        foreach (var number in files.Keys) last = number;
        if (last == 0 || HoldsAnything(files[last])) return;
        disk.DeleteFile(files[last]);
        files.Remove(last);
    }

    /// <summary>Whether a file has a whole header, or bytes that are neither zero nor the beginning of one.</summary>
    private static bool HoldsAnything(string path)
    {
        using var handle = File.OpenHandle(path);
        Span<byte> header = stackalloc byte[HeadChunkFormat.FileHeaderBytes];
        HeadChunkFormat.WriteFileHeader(header);
        Span<byte> bytes = stackalloc byte[4096];
        var read = RandomAccess.Read(handle, bytes, 0);
        var same = header.CommonPrefixLength(bytes[..read]);
        if (same == header.Length) return true;
        bytes[..same].Clear();
        for (long offset = 0; read > 0; read = RandomAccess.Read(handle, bytes, offset))
        {
            if (bytes[..read].ContainsAnyExcept((byte)0)) return true;
            offset += read;
        }
        return false;
    }
}
