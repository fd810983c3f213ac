using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>A range of deleted samples of one series; both ends are deleted too.</summary>
/// <param name="MinTimeMs">First deleted time, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Last deleted time.</param>
public readonly record struct DeletedRange(long MinTimeMs, long MaxTimeMs);

/// <summary>The deletions of a block: ranges per series, sorted and merged. Immutable.</summary>
/// <remarks>Layout: docs/formats/block.md.</remarks>
public sealed class Tombstones
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
        foreach (var ranges in result._ranges.Values) Merge(ranges);
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

    private static void Merge(List<DeletedRange> ranges)
    {
        ranges.Sort(static (a, b) => a.MinTimeMs.CompareTo(b.MinTimeMs));
        var kept = 0;
        for (var i = 1; i < ranges.Count; i++)
        {
            var (last, next) = (ranges[kept], ranges[i]);
            // Ranges one millisecond apart leave no time between them.
            var touches = last.MaxTimeMs == long.MaxValue || next.MinTimeMs <= last.MaxTimeMs + 1;
            if (touches) ranges[kept] = last with { MaxTimeMs = Math.Max(last.MaxTimeMs, next.MaxTimeMs) };
            else ranges[++kept] = next;
        }
        ranges.RemoveRange(kept + 1, ranges.Count - kept - 1);
    }
}
