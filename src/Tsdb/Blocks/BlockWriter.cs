using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Counters;
using Tsdb.Files;
using Tsdb.Index;
using Tsdb.Queries;

namespace Tsdb.Blocks;

/// <summary>Writes a block: series stream in, a complete directory appears at the end or nothing does.</summary>
/// <remarks>Memory does not grow with samples or chunks; see <see cref="IndexWriter"/> for what grows with series.</remarks>
internal static class BlockWriter
{
    /// <summary>Name of the index file in a block's directory.</summary>
    public const string IndexFileName = "index";

    /// <summary>Writes the samples of [min, max) as a new block.</summary>
    /// <param name="parentDirectory">Directory of the database; gets a directory named by a new ULID.</param>
    /// <param name="minTimeMs">Lower bound, inclusive.</param>
    /// <param name="maxTimeExclusiveMs">Upper bound, exclusive. Chunks reaching outside are cut to the samples inside.</param>
    /// <param name="source">Series ascending by labels, chunks ascending and not overlapping; disposed by the caller.</param>
    /// <param name="symbols">Every label name and value of the source, ascending by bytes, unique; more are allowed.</param>
    /// <param name="options">What the block says about itself.</param>
    /// <returns>The block's ULID, or null when there was no sample in the range: then no directory appears.</returns>
    /// <exception cref="IOException">A file could not be written; nothing is left behind but a directory that the next start
    /// removes.</exception>
    /// <exception cref="InvalidDataException">The source is damaged.</exception>
    public static string? Write(
        string parentDirectory,
        long minTimeMs,
        long maxTimeExclusiveMs,
        SeriesCursor source,
        IEnumerable<ReadOnlyMemory<byte>> symbols,
        BlockWriterOptions options)
    {
        var disk = options.Disk;
        var ulid = Ulid.Create(options.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        var target = Path.Combine(parentDirectory, ulid);
        var temporary = target + BlockDirectory.CreationSuffix;
        disk.DeleteDirectory(temporary);
        disk.CreateDirectory(temporary);
        try
        {
            var stats = WriteData(temporary, minTimeMs, maxTimeExclusiveMs, source, symbols, options);
            if (stats.SampleCount == 0)
            {
                disk.DeleteDirectory(temporary);
                return null;
            }
            Describe(ulid, minTimeMs, maxTimeExclusiveMs, stats, options).Save(temporary, disk);
            AtomicFile.Write(Path.Combine(temporary, Tombstones.FileName), Tombstones.Encode([]), disk);
            disk.SyncDirectory(temporary);
            disk.Rename(temporary, target);
            disk.SyncDirectory(parentDirectory);
            return ulid;
        }
        catch
        {
            TakeBackQuietly(target, temporary, disk);
            throw;
        }
    }

    private static BlockMeta Describe(
        string ulid, long minTimeMs, long maxTimeMs, BlockStats stats, BlockWriterOptions options) => new()
    {
        Ulid = ulid,
        MinTimeMs = minTimeMs,
        MaxTimeMs = maxTimeMs,
        Stats = stats,
        Sources = [ulid],
        Parents = options.Parents,
        Hints = options.Hints,
    };

    private static BlockStats WriteData(
        string directory,
        long minTimeMs,
        long maxTimeExclusiveMs,
        SeriesCursor source,
        IEnumerable<ReadOnlyMemory<byte>> symbols,
        BlockWriterOptions options)
    {
        var chunkDirectory = Path.Combine(directory, ChunkSegmentFormat.DirectoryName);
        using var chunks = new ChunkSegmentWriter(chunkDirectory, options.SegmentSizeBytes, options.Disk);
        using var index = new IndexWriter(Path.Combine(directory, IndexFileName), symbols, options.Disk);
        using var trimmer = new ChunkTrimmer(minTimeMs, maxTimeExclusiveMs - 1);
        var metas = new List<ChunkMeta>();
        long floats = 0, histograms = 0, chunkCount = 0;
        while (source.MoveNext())
        {
            metas.Clear();
            chunks.BeginSeries();
            foreach (var chunk in source.Chunks)
            {
                if (!trimmer.TryTrim(in chunk, out var kept)) continue;
                metas.Add(new ChunkMeta(kept.MinTimeMs, kept.MaxTimeMs, chunks.Write(kept.Encoding, kept.Data.Span)));
                var samples = XorChunk.SampleCount(kept.Data.Span);
                Observe(in kept, samples, options.Work);
                if (kept.Encoding == ChunkEncoding.Xor) floats += samples;
                else histograms += samples;
            }
            if (metas.Count == 0) continue;
            chunkCount += metas.Count;
            index.AddSeries(source.Labels.Encoded, CollectionsMarshal.AsSpan(metas));
        }
        if (chunkCount > 0)
        {
            chunks.Finish();
            index.Finish();
        }
        return new BlockStats
        {
            SampleCount = floats + histograms,
            FloatSampleCount = floats,
            HistogramSampleCount = histograms,
            SeriesCount = index.SeriesCount,
            ChunkCount = chunkCount,
        };
    }

    private static void Observe(in ChunkView chunk, int samples, BackgroundWork? work)
    {
        work?.ChunkBytes.Observe(chunk.Data.Length);
        work?.ChunkSamples.Observe(samples);
        work?.ChunkRangeMs.Observe(chunk.MaxTimeMs - chunk.MinTimeMs);
    }

    /// <summary>Removes a block that may have its name already: who is told of a failure must not find it later. The error that
    /// led here matters more than one met while tidying up; the next start removes what stays.</summary>
    private static void TakeBackQuietly(string target, string temporary, IDisk disk)
    {
        try
        {
            if (Directory.Exists(target)) disk.Rename(target, temporary);
            disk.DeleteDirectory(temporary);
        }
        catch (IOException)
        {
        }
    }
}
