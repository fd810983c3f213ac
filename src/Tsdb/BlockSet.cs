using Tsdb.Blocks;
using Tsdb.Counters;
using Tsdb.Files;

namespace Tsdb;

/// <summary>The blocks of a database that are open for reading, as one immutable list that is replaced whole.</summary>
/// <remarks>Changing the set belongs to the database's maintenance lock; taking the list needs none. A block that leaves the set
/// closes, and is deleted, when its last reader is done.</remarks>
internal sealed class BlockSet(string directory, IDisk disk, BackgroundWork work, Action<string> log) : IDisposable
{
    private volatile BlockReader[] _blocks = [];

    /// <summary>Open blocks, ascending by minimum time.</summary>
    public IReadOnlyList<BlockReader> All => _blocks;

    /// <summary>Where the head begins: the highest end of a block that was cut in order; <see cref="long.MinValue"/> without
    /// any.</summary>
    /// <remarks>What is before it is not taken from the log, so a flipped digit in a <c>meta.json</c>, which has no checksum,
    /// would cost what is only there. The newest block is compared with its index: when it claims to go on for longer than a
    /// block may last behind its last sample, it ends with that sample.</remarks>
    /// <param name="blockMs">How long a block may last, milliseconds.</param>
    public long EndInOrder(long blockMs)
    {
        var ends = new List<(long End, BlockReader? Block)>();
        foreach (var block in _blocks)
        {
            if (block.Meta.Hints.Count == 0) ends.Add((block.Meta.MaxTimeMs, block));
        }
        while (ends.Count > 0)
        {
            ends.Sort(static (a, b) => a.End.CompareTo(b.End));
            var (end, block) = ends[^1];
            if (block is null || IsPlausible(block, blockMs, out var last)) return end;
            log($"block {block.Meta.Ulid} cannot end at {end}, as {block.Directory}/meta.json says: "
                + $"its last sample is at {last}");
            ends[^1] = (last + 1, null);
        }
        return long.MinValue;
    }

    /// <summary>Opens blocks that appeared and closes those that another block replaces or whose directory is gone.</summary>
    /// <remarks>A block that cannot be read is left where it is and told to the log; the others are served.</remarks>
    public void Reload()
    {
        work.Reloads++;
        var isWhole = true;
        var open = new Dictionary<string, BlockReader>();
        foreach (var block in _blocks) open[block.Meta.Ulid] = block;
        var next = new List<BlockReader>();
        foreach (var ulid in BlockDirectory.List(directory))
        {
            if (open.Remove(ulid, out var block) || TryOpen(ulid, out block)) next.Add(block);
            else isWhole = false;
        }
        if (!isWhole) work.ReloadsFailed++;
        next.Sort(static (a, b) =>
        {
            var order = a.Meta.MinTimeMs.CompareTo(b.Meta.MinTimeMs);
            return order != 0 ? order : string.CompareOrdinal(a.Meta.Ulid, b.Meta.Ulid); // The older one first.
        });
        _blocks = [.. next];
        foreach (var gone in open.Values) gone.Retire();
        foreach (var block in next)
        {
            foreach (var parent in block.Meta.Parents) Remove(parent.Ulid);
        }
    }

    /// <summary>Deletes blocks that end so far behind the newest that they are past retention.</summary>
    /// <param name="retentionMs">Milliseconds; 0 keeps everything.</param>
    /// <param name="mayDelete">Asked with the ULID; a block that may not go yet stays.</param>
    public void ApplyRetention(long retentionMs, Func<string, bool> mayDelete)
    {
        var newest = long.MinValue;
        foreach (var block in _blocks) newest = Math.Max(newest, block.Meta.MaxTimeMs);
        var hasOld = false;
        foreach (var block in _blocks)
        {
            var isOld = retentionMs > 0 && newest - block.Meta.MaxTimeMs >= retentionMs;
            if (!(isOld || block.Meta.IsDeletable) || !mayDelete(block.Meta.Ulid)) continue;
            Remove(block.Meta.Ulid);
            hasOld |= isOld;
        }
        if (hasOld) work.TimeRetentions++;
    }

    /// <summary>Writes the blocks that have deletions again without them; the new ones take their places.</summary>
    /// <remarks>One of which nothing is left goes, unless it is the newest that was cut in order: where that ends is where the
    /// next start begins with the log, which still has the deleted samples. It stays as it is, with all of it
    /// deleted.</remarks>
    /// <param name="options">What they are written with.</param>
    /// <returns>ULIDs of the new blocks.</returns>
    /// <exception cref="IOException">A block could not be written; it and those behind it are as they were.</exception>
    public IReadOnlyList<string> CleanTombstones(BlockWriterOptions options)
    {
        var written = new List<string>();
        foreach (var block in _blocks)
        {
            if (block.Tombstones.RangesCount == 0 || block.TryLease() is not { } lease) continue;
            string? rewritten;
            using (lease) rewritten = BlockDeletion.Rewrite(lease, directory, options);
            if (rewritten is not null) written.Add(rewritten);
            else if (!IsNewestInOrder(block)) Remove(block.Meta.Ulid);
            Reload(); // The old block is the new one's parent, and goes.
        }
        return written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var blocks = _blocks;
        _blocks = [];
        foreach (var block in blocks) block.Retire();
    }

    private static bool IsPlausible(BlockReader block, long blockMs, out long last)
    {
        last = block.Meta.MaxTimeMs - 1;
        // One that was written again may have lost its end to a deletion.
        if (block.Meta.Parents.Count > 0 || block.TryLease() is not { } lease) return true;
        var lowest = block.Meta.MaxTimeMs < long.MinValue + blockMs ? long.MinValue : block.Meta.MaxTimeMs - blockMs;
        using (lease) last = LastSample.Of(lease, lowest) ?? last;
        return last >= lowest;
    }

    private bool IsNewestInOrder(BlockReader block)
    {
        if (block.Meta.Hints.Count > 0) return false;
        foreach (var other in _blocks)
        {
            if (other != block && other.Meta.Hints.Count == 0 && other.Meta.MaxTimeMs >= block.Meta.MaxTimeMs) return false;
        }
        return true;
    }

    private bool TryOpen(string ulid, out BlockReader block)
    {
        block = null!;
        try
        {
            IndexVersionRepair.Apply(Path.Combine(directory, ulid), disk, log);
            block = BlockReader.Open(Path.Combine(directory, ulid));
            if (block.Meta.Ulid == ulid) return true;
            // Deleting a block goes by what its meta.json says: another name would delete another block.
            block.Dispose();
            throw new InvalidDataException($"CORRUPT: {block.Directory}: its meta.json is of block {block.Meta.Ulid}");
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            log($"block {ulid} cannot be read and is left out: {e.Message}");
            return false;
        }
    }

    private void Remove(string ulid)
    {
        var blocks = _blocks;
        var at = Array.FindIndex(blocks, block => block.Meta.Ulid == ulid);
        if (at < 0) return;
        _blocks = [.. blocks[..at], .. blocks[(at + 1)..]];
        blocks[at].Retire(() => BlockDirectory.Delete(directory, ulid, disk));
    }
}
