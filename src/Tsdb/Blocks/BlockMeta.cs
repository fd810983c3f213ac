using System.Text.Json;
using Tsdb.Files;

namespace Tsdb.Blocks;

/// <summary>How much a block holds; each number is left out of the file when 0.</summary>
public sealed record BlockStats
{
    /// <summary>Samples of any kind.</summary>
    public long SampleCount { get; init; }

    /// <summary>Float samples.</summary>
    public long FloatSampleCount { get; init; }

    /// <summary>Native histogram samples.</summary>
    public long HistogramSampleCount { get; init; }

    /// <summary>Series.</summary>
    public long SeriesCount { get; init; }

    /// <summary>Chunks.</summary>
    public long ChunkCount { get; init; }

    /// <summary>Intervals in the tombstones file.</summary>
    public long TombstoneCount { get; init; }
}

/// <summary>A block that went into another one.</summary>
/// <param name="Ulid">Its name.</param>
/// <param name="MinTimeMs">Its lower bound, inclusive.</param>
/// <param name="MaxTimeMs">Its upper bound, exclusive.</param>
public sealed record BlockParent(string Ulid, long MinTimeMs, long MaxTimeMs)
{
    /// <summary>What upstream lists as the parent of a block made of out-of-order samples.</summary>
    public static BlockParent Zero { get; } = new(new string('0', Blocks.Ulid.LengthChars), 0, 0);
}

/// <summary>The content of a block's <c>meta.json</c>.</summary>
/// <remarks>Layout: docs/formats/block.md.</remarks>
public sealed record BlockMeta
{
    /// <summary>Name of the file in the block's directory.</summary>
    public const string FileName = "meta.json";

    /// <summary>Hint of blocks made of out-of-order samples.</summary>
    public const string OutOfOrderHint = "from-out-of-order";

    /// <summary>Equals the directory's name.</summary>
    public required string Ulid { get; init; }

    /// <summary>Lower bound of sample times, inclusive, Unix milliseconds.</summary>
    public long MinTimeMs { get; init; }

    /// <summary>Upper bound of sample times, exclusive.</summary>
    public long MaxTimeMs { get; init; }

    /// <summary>How much it holds.</summary>
    public BlockStats Stats { get; init; } = new();

    /// <summary>Times it went through compaction; 1 for a block cut from a head.</summary>
    public int Level { get; init; } = 1;

    /// <summary>Level-1 blocks its data comes from, sorted; itself for a block cut from a head.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether it may be deleted at the next reload.</summary>
    public bool IsDeletable { get; init; }

    /// <summary>Blocks it was compacted from.</summary>
    public IReadOnlyList<BlockParent> Parents { get; init; } = [];

    /// <summary>Whether compacting it failed once.</summary>
    public bool IsFailed { get; init; }

    /// <summary>Where its data comes from, sorted; empty for in-order data.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>The object Thanos keeps in the same file, if it is there; kept as it was read.</summary>
    public JsonElement? Thanos { get; init; }

    /// <summary>Reads the file of a block.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the text starts with CORRUPT: and names the path.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static BlockMeta Load(string blockDirectory)
    {
        var path = Path.Combine(blockDirectory, FileName);
        try
        {
            return BlockMetaJson.Decode(File.ReadAllBytes(path));
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw new InvalidDataException($"CORRUPT: {path}: {e.Message}", e);
        }
    }

    /// <summary>What the JSON reader throws for bytes, structure, missing keys and values of another kind.</summary>
    private static bool IsDamage(Exception e) =>
        e is JsonException or InvalidDataException or InvalidOperationException or FormatException or KeyNotFoundException;

    /// <summary>The bytes of the file.</summary>
    public byte[] Encode() => BlockMetaJson.Encode(this);

    /// <summary>Replaces the file of a block: a crash leaves the old or the new one, never a mixture.</summary>
    internal void Save(string blockDirectory, IDisk disk) =>
        AtomicFile.Write(Path.Combine(blockDirectory, FileName), Encode(), disk);
}
