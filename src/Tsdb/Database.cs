using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb;

/// <summary>A Prometheus-compatible time series database in one directory: a head with its log, and blocks.</summary>
public sealed class Database : IDisposable
{
    /// <summary>What it was opened with.</summary>
    public DatabaseOptions Options { get; }

    private Database(DatabaseOptions options) => Options = options;

    /// <summary>Oldest time that can be answered: the oldest block's minimum, else the head's; <see cref="long.MaxValue"/> while empty.</summary>
    public long MinTimeMs => throw new NotSupportedException();

    /// <summary>Lowest time in the head; <see cref="long.MaxValue"/> while it never held a sample.</summary>
    public long HeadMinTimeMs => throw new NotSupportedException();

    /// <summary>Newest time in the head; <see cref="long.MinValue"/> while it never held a sample.</summary>
    public long HeadMaxTimeMs => throw new NotSupportedException();

    /// <summary>Series in the head.</summary>
    public int SeriesCount => throw new NotSupportedException();

    /// <summary>Opens or creates the database: takes the lock, loads blocks, replays the log.</summary>
    /// <exception cref="IOException">The directory cannot be used; the text says why.</exception>
    public static Database Open(DatabaseOptions options) => new(options);

    /// <summary>Begins a request; dispose it.</summary>
    public HeadAppender CreateAppender() => throw new NotSupportedException();

    /// <summary>Streams the series that match, ascending by labels, with every chunk that overlaps [min, max] (both inclusive), whole.</summary>
    public SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks) => throw new NotSupportedException();

    /// <summary>Names of the labels of the series that match (all series without matchers), ascending. Range granularity: whole head, whole block.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers) => throw new NotSupportedException();

    /// <summary>Values of one label, as <see cref="LabelNames"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers) => throw new NotSupportedException();

    /// <summary>What the periodic tick of a receiver does: cuts blocks while the head is old enough by <paramref name="nowMs"/>, then truncates head and log.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    public IReadOnlyList<string> CutDueBlocks(long nowMs) => throw new NotSupportedException();

    /// <summary>What a receiver does at shutdown: cuts everything but the newest timestamp into blocks.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    public IReadOnlyList<string> Flush() => throw new NotSupportedException();

    /// <summary>Deletes blocks past retention for which <paramref name="mayDelete"/> (given the ULID) says yes.</summary>
    public void ApplyRetention(Func<string, bool> mayDelete) => throw new NotSupportedException();

    /// <summary>Flushes and closes the log and releases the lock. Samples in open chunks live in the log.</summary>
    public void Dispose()
    {
    }
}
