using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>A range of deleted samples of one series; both ends are deleted too.</summary>
/// <param name="MinTimeMs">First deleted time, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Last deleted time.</param>
internal readonly record struct DeletedRange(long MinTimeMs, long MaxTimeMs);

/// <summary>The deletions of a block: ranges per series, sorted and merged. Immutable.</summary>
/// <remarks>Layout: docs/formats/block.md.</remarks>
internal sealed class Tombstones
{
    /// <summary>Name of the file in the block's directory; a missing file is an empty one.</summary>
    public const string FileName = "tombstones";

    private const uint Magic = 0x0130ba30;
    private const byte Version = 1;
    private const int HeaderBytes = 5;

    private readonly Dictionary<ulong, List<DeletedRange>> _ranges = [];

    /// <summary>No deletions.</summary>
    public static Tombstones None { get; } = new();

    /// <summary>Series that have deletions.</summary>
    public int SeriesCount => _ranges.Count;

    /// <summary>Ranges of all series.</summary>
    public long RangesCount
    {
        get
        {
            var count = 0L;
            foreach (var ranges in _ranges.Values) count += ranges.Count;
            return count;
        }
    }

    /// <summary>Reads the file of a block; none when it is missing.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the text starts with CORRUPT: and names the path.</exception>
    public static Tombstones Load(string blockDirectory)
    {
        var path = Path.Combine(blockDirectory, FileName);
        if (!File.Exists(path)) return None;
        return Decode(File.ReadAllBytes(path), out var problem) ?? throw new InvalidDataException($"CORRUPT: {path}: {problem}");
    }

    /// <summary>Deleted ranges of a series, ascending, neither overlapping nor touching; empty when there are none.</summary>
    /// <param name="seriesRef">The index' reference.</param>
    public IReadOnlyList<DeletedRange> Find(ulong seriesRef) => _ranges.TryGetValue(seriesRef, out var ranges) ? ranges : [];

    /// <summary>These deletions and others.</summary>
    public Tombstones With(IEnumerable<(ulong SeriesRef, DeletedRange Range)> added)
    {
        var result = new Tombstones();
        foreach (var (seriesRef, ranges) in _ranges) result._ranges[seriesRef] = [.. ranges];
        foreach (var (seriesRef, range) in added) result.Add(seriesRef, range);
        foreach (var ranges in result._ranges.Values) DeletedRanges.Normalise(ranges);
        return result;
    }

    /// <summary>The bytes of a file with these deletions, ascending by series.</summary>
    public byte[] Encode()
    {
        var all = new List<(ulong SeriesRef, DeletedRange Range)>();
        foreach (var (seriesRef, ranges) in _ranges)
        {
            foreach (var range in ranges) all.Add((seriesRef, range));
        }
        all.Sort(static (a, b) => (a.SeriesRef, a.Range.MinTimeMs).CompareTo((b.SeriesRef, b.Range.MinTimeMs)));
        return Encode(all);
    }

    /// <summary>The bytes of a file with the given deletions, in the given order.</summary>
    public static byte[] Encode(IEnumerable<(ulong SeriesRef, DeletedRange Range)> deletions)
    {
        using var buffer = new ByteBuffer();
        buffer.WriteUInt32(Magic);
        buffer.WriteByte(Version);
        foreach (var (seriesRef, range) in deletions)
        {
            buffer.WriteUvarint(seriesRef);
            buffer.WriteVarint(range.MinTimeMs);
            buffer.WriteVarint(range.MaxTimeMs);
        }
        buffer.WriteUInt32(Crc32C.Compute(buffer.Written[HeaderBytes..]));
        return buffer.Written.ToArray();
    }

    internal static Tombstones? Decode(ReadOnlySpan<byte> bytes, out string problem)
    {
        problem = "tombstones header: invalid size";
        if (bytes.Length < HeaderBytes + sizeof(uint)) return null;
        var magic = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        problem = $"invalid magic number {magic:x}";
        if (magic != Magic) return null;
        problem = $"invalid tombstone format {bytes[4]:x}";
        if (bytes[4] != Version) return null;
        var entries = bytes[HeaderBytes..^sizeof(uint)];
        problem = "checksum did not match";
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]) != Crc32C.Compute(entries)) return null;
        problem = "an entry is incomplete";
        var result = new Tombstones();
        while (!entries.IsEmpty)
        {
            if (!TryTake(ref entries, out var seriesRef)) return null;
            if (!TryTake(ref entries, out var min) || !TryTake(ref entries, out var max)) return null;
            result.Add(seriesRef, new DeletedRange(Varint.UnZigZag(min), Varint.UnZigZag(max)));
        }
        foreach (var ranges in result._ranges.Values) DeletedRanges.Normalise(ranges);
        return result;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> from, out ulong value)
    {
        var length = Varint.Read(from, out value);
        from = from[length..];
        return length > 0;
    }

    private void Add(ulong seriesRef, DeletedRange range)
    {
        if (!_ranges.TryGetValue(seriesRef, out var ranges)) _ranges[seriesRef] = ranges = [];
        ranges.Add(range);
    }
}
