using Tsdb;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Integration.Fixture;

/// <summary>Reads what lies in a tenant's directory, in this process.</summary>
internal static class StoredSamples
{
    /// <summary>Every float sample of the blocks, without what is only in the log.</summary>
    public static SampleSet OfBlocks(string directory)
    {
        var samples = new SampleSet();
        foreach (var ulid in BlockDirectory.List(directory))
        {
            using var block = BlockReader.Open(Path.Combine(directory, ulid));
            using var cursor = new BlockCursor(block.TryLease()!, long.MinValue, long.MaxValue, [Named()], skipsChunks: false);
            Read(cursor, samples);
        }
        return samples;
    }

    /// <summary>Every float sample of blocks and log. The directory is opened as a receiver does: give it a copy.</summary>
    public static SampleSet OfDatabase(string directory)
    {
        var samples = new SampleSet();
        using var database = Database.Open(new DatabaseOptions { Directory = directory });
        using var cursor = database.Select(long.MinValue, long.MaxValue, [Named()], skipChunks: false);
        Read(cursor, samples);
        return samples;
    }

    /// <summary>Copies a directory with everything below it.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    /// <summary>The floats of one chunk. A float stale marker that ends a histogram series is stored as a histogram's, so stale
    /// histograms count as the markers they were sent as.</summary>
    public static void ReadChunk(string series, ChunkEncoding encoding, ReadOnlySpan<byte> chunk, SampleSet into)
    {
        if (encoding != ChunkEncoding.Xor)
        {
            var histograms = new HistogramChunkIterator(chunk, encoding, new HistogramSample());
            while (histograms.MoveNext())
            {
                if (histograms.Current.IsStale) into.Add(new Sample(series, histograms.TimestampMs, StaleMarker.Bits));
            }
            Assert.False(histograms.IsFailed, $"a chunk of {series} is damaged");
            return;
        }
        var iterator = new XorChunkIterator(chunk);
        while (iterator.MoveNext()) into.Add(new Sample(series, iterator.TimestampMs, iterator.ValueBits));
        Assert.False(iterator.IsFailed, $"a chunk of {series} is damaged");
    }

    private static void Read(SeriesCursor cursor, SampleSet into)
    {
        while (cursor.MoveNext())
        {
            var series = SeriesName.Of(cursor.Labels);
            foreach (var chunk in cursor.Chunks) ReadChunk(series, chunk.Encoding, chunk.Data.Span, into);
        }
    }

    private static Matcher Named()
    {
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, [], out var matcher, out var error), error);
        return matcher;
    }
}
