using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>Folds the oldest segments of a log into a directory that keeps only what is still needed, so that they can be
/// deleted.</summary>
/// <remarks>Name: <c>checkpoint.</c> and the number of the last segment folded in. Content: segments like the log's own.
/// Rules: docs/formats/wal.md.</remarks>
internal static class Checkpoint
{
    // Staged records are handed over whenever they exceed 1 MiB, which bounds the memory a checkpoint needs.
    private const int FlushBytes = 1 << 20;

    /// <summary>Which segments a truncation folds in, once a new segment was started: the older two thirds.</summary>
    /// <param name="first">Lowest segment that exists.</param>
    /// <param name="last">Highest segment that exists: the one being written.</param>
    /// <param name="to">Last segment to fold in.</param>
    /// <returns>False when there are too few to be worth it.</returns>
    public static bool TryPlan(int first, int last, out int to)
    {
        // The segment being written never takes part.
        to = first + ((last - 1 - first) * 2 / 3);
        return last - 1 >= 0 && to > first;
    }

    /// <summary>Writes and publishes a checkpoint over the previous one and the segments up to <paramref name="to"/>.</summary>
    /// <param name="directory">The log.</param>
    /// <param name="from">Lowest segment that exists; those in the previous checkpoint are not read again.</param>
    /// <param name="to">Last segment to fold in; nothing is written to it any more.</param>
    /// <param name="minTimeMs">Samples, histograms and exemplars before this Unix millisecond, and intervals that end before
    /// it, are left out.</param>
    /// <param name="keep">Whether a series is still needed: its series and metadata entries are kept.</param>
    /// <param name="compression">How records are stored.</param>
    /// <param name="segmentSizeBytes">Size of the segments inside.</param>
    /// <param name="disk">What it is written through.</param>
    /// <param name="log">Told of each defect in what is read: reading goes on behind it, and the damaged file is kept.</param>
    /// <param name="stop">Abandons it; nothing is published then.</param>
    /// <exception cref="IOException">Reading or writing failed. Nothing was published.</exception>
    public static CheckpointStats Create(
        string directory,
        int from,
        int to,
        long minTimeMs,
        Func<ulong, bool> keep,
        RecordCompression compression,
        int segmentSizeBytes,
        IDisk disk,
        Action<string> log,
        CancellationToken stop)
    {
        var previous = SegmentDirectory.LastCheckpoint(directory);
        SegmentDirectory.DeleteTemporaryCheckpoints(directory, disk);
        var temporary = SegmentDirectory.TemporaryCheckpointPath(directory, to);
        var damaged = new List<SegmentPart>();
        try
        {
            using var filter = new CheckpointFilter(minTimeMs, keep);
            using (var writer = new SegmentWriter(temporary, segmentSizeBytes, compression, disk: disk))
            {
                foreach (var part in Parts(directory, previous, from, to))
                {
                    if (!Copy(part, filter, writer, log, stop)) damaged.Add(part);
                }
                if (filter.TryMetadata(out var metadata)) writer.Append(metadata);
                writer.Flush();
            }
            foreach (var part in damaged)
                log($"damaged WAL segment kept as {Repair.KeepAside(part.Path, part.AsideName(directory), disk)}");
            Publish(directory, temporary, SegmentDirectory.CheckpointPath(directory, to), disk);
            return filter.Stats;
        }
        catch
        {
            disk.DeleteDirectory(temporary);
            throw;
        }
    }

    /// <summary>Deletes the checkpoints with a lower number.</summary>
    public static void DeleteBelow(string directory, int below, IDisk disk)
    {
        foreach (var number in SegmentDirectory.ListCheckpoints(directory))
        {
            if (number < below) disk.DeleteDirectory(SegmentDirectory.CheckpointPath(directory, number));
        }
    }

    /// <summary>What is folded in: the checkpoint before and the segments behind it that exist.</summary>
    private static List<SegmentPart> Parts(string directory, int previous, int from, int to)
    {
        var parts = new List<SegmentPart>();
        if (previous >= 0)
        {
            var folded = SegmentDirectory.CheckpointPath(directory, previous);
            foreach (var segment in SegmentDirectory.ListNumbers(folded)) parts.Add(new SegmentPart(folded, segment));
        }
        foreach (var segment in SegmentDirectory.ListNumbers(directory))
        {
            if (segment >= Math.Max(from, previous + 1) && segment <= to) parts.Add(new SegmentPart(directory, segment));
        }
        return parts;
    }

    /// <summary>Copies what is needed of one segment; false when something in it could not be read.</summary>
    private static bool Copy(
        SegmentPart part, CheckpointFilter filter, SegmentWriter writer, Action<string> log, CancellationToken stop)
    {
        var isSound = true;
        long staged = 0;
        using var reader = SegmentReader.Tolerant(part.Directory, part.Segment, Note);
        while (reader.Read())
        {
            stop.ThrowIfCancellationRequested();
            if (filter.TryFilter(reader.Record, out var kept))
            {
                writer.Append(kept);
                staged += kept.Length;
            }
            if (filter.TrySplitOff(out var split)) writer.Append(split);
            if (filter.Error is { } error) Note(new WalCorruption(part.Directory, part.Segment, reader.Offset, error));
            if (staged <= FlushBytes) continue;
            writer.Flush();
            staged = 0;
        }
        return isSound;

        void Note(WalCorruption defect)
        {
            if (isSound) log($"CORRUPT: read segments: {defect}"); // One line a segment: the file is kept whole.
            isSound = false;
        }
    }

    private static void Publish(string directory, string temporary, string published, IDisk disk)
    {
        disk.SyncDirectory(temporary);
        disk.DeleteDirectory(published);
        disk.Rename(temporary, published);
        disk.SyncDirectory(directory);
    }
}
