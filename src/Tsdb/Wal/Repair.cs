using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>Replaces a damaged segment by one that holds what is readable of it, so that the next start finds no
/// defect.</summary>
/// <remarks>
/// Every record that <see cref="SegmentReader.Tolerant"/> gives is logged again; nothing is deleted: the damaged file stays
/// beside the
/// log as <c>NNNNNNNN.corrupt-N</c>, which no reader takes for a segment. Every step can be interrupted: the next start finds
/// the same
/// defect and repairs again, or finds none. Rules and reasons: docs/formats/wal.md, decision 0104.
/// </remarks>
internal static class Repair
{
    private const string TemporarySuffix = ".repair";

    /// <summary>Largest multiple of the page size: the replacement is one segment, however long.</summary>
    private const int SegmentBytesMax = int.MaxValue - (PageFormat.PageBytes - 1);

    // Staged records are handed over whenever they exceed 1 MiB, which bounds the memory a repair needs.
    private const int FlushBytes = 1 << 20;

    /// <summary>Rewrites one segment. Nobody may be reading or writing it.</summary>
    /// <param name="directory">The log, or a checkpoint.</param>
    /// <param name="segment">Number of the segment, which exists.</param>
    /// <param name="aside">Path under which the damaged file is kept, without the number that makes it unique.</param>
    /// <param name="disk">What it is written through.</param>
    /// <returns>Full path of the file kept.</returns>
    /// <exception cref="IOException">A file could not be read, written or renamed; the defect is still there.</exception>
    public static string Rewrite(string directory, int segment, string aside, IDisk disk)
    {
        var path = SegmentDirectory.SegmentPath(directory, segment);
        var temporary = path + TemporarySuffix;
        disk.DeleteDirectory(temporary);
        using (var writer = new SegmentWriter(temporary, SegmentBytesMax, disk: disk))
            Copy(directory, segment, writer);
        var kept = KeepAside(path, aside, disk);
        disk.Rename(SegmentDirectory.SegmentPath(temporary, 0), path);
        disk.DeleteDirectory(temporary);
        disk.SyncDirectory(directory);
        return kept;
    }

    /// <summary>Gives a damaged file a second name, under which it outlives what happens to the first.</summary>
    /// <param name="path">The file.</param>
    /// <param name="aside">The second name, without the number that makes it unique.</param>
    /// <param name="disk">What it is written through.</param>
    /// <returns>The second name.</returns>
    /// <exception cref="IOException">The name could not be given.</exception>
    public static string KeepAside(string path, string aside, IDisk disk)
    {
        var kept = SegmentDirectory.FreeAsideName(aside);
        disk.Link(path, kept);
        disk.SyncDirectory(Path.GetDirectoryName(kept)!);
        return kept;
    }

    private static void Copy(string directory, int segment, SegmentWriter writer)
    {
        long staged = 0;
        using var filter = new CheckpointFilter(long.MinValue, static _ => true);
        using var reader = SegmentReader.Tolerant(directory, segment, static _ => { });
        while (reader.Read())
        {
            // Of a record that is whole but not well formed, the entries in front of the defect are kept: no later start meets
            // it.
            filter.TryFilter(reader.Record, out var sound);
            if (filter.Error is null) sound = reader.Record;
            if (!sound.IsEmpty || filter.Error is null) writer.Append(sound);
            staged += sound.Length;
            if (staged <= FlushBytes) continue;
            writer.Flush();
            staged = 0;
        }
        writer.Flush();
    }
}
