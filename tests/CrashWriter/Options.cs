using System.Globalization;
using TestKit;
using Tsdb;

namespace CrashWriter;

/// <summary>What the program is told: directory, flush mode, seed, and the time its samples begin at.</summary>
/// <param name="Directory">Of the database.</param>
/// <param name="Fsync">When the log is flushed.</param>
/// <param name="Seed">Of everything random.</param>
/// <param name="StartMs">Unix milliseconds.</param>
public sealed record Options(string Directory, WalFsync Fsync, int Seed, long StartMs)
{
    /// <summary>How far behind the newest sample one may come out of order.</summary>
    public const long WindowMs = 60_000;

    /// <summary>Blocks older than this behind the newest are deleted.</summary>
    public const long RetentionMs = 600_000;

    /// <summary>More exemplars than ever come.</summary>
    public const int ExemplarsMax = 1 << 20;

    /// <summary>Reads the command line.</summary>
    public static Options Parse(string[] arguments) => new(
        arguments[0], Enum.Parse<WalFsync>(arguments[1]), int.Parse(arguments[2], CultureInfo.InvariantCulture),
        long.Parse(arguments[3], CultureInfo.InvariantCulture));

    /// <summary>As arguments of the program.</summary>
    public string[] ToArguments() =>
        [Directory, $"{Fsync}", Seed.ToString(CultureInfo.InvariantCulture), StartMs.ToString(CultureInfo.InvariantCulture)];

    /// <summary>How the database is opened: everything small, so that much happens in a moment.</summary>
    public DatabaseOptions ToDatabase(ManualClock clock) => new()
    {
        Directory = Directory,
        WalFsync = Fsync,
        WalSegmentSizeBytes = 32 << 10,
        MinBlockDurationMs = 60_000,
        MaxBlockDurationMs = 60_000,
        OutOfOrderWindowMs = WindowMs,
        OutOfOrderCapMax = 8,
        RetentionMs = RetentionMs,
        Clock = clock,
        ExemplarsMax = ExemplarsMax,
        MemorySnapshotOnShutdown = Seed % 2 == 0,
    };
}
