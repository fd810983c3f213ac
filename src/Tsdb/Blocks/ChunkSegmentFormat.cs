using System.Globalization;

namespace Tsdb.Blocks;

/// <summary>Numbers of a block's chunk files. Layout: docs/formats/block.md.</summary>
internal static class ChunkSegmentFormat
{
    public const uint Magic = 0x85bd40dd;
    public const byte Version = 1;
    public const int HeaderBytes = 8;

    /// <summary>Longest encoding of a data length that fits 32 bits.</summary>
    public const int LengthMaxBytes = 5;

    public const int EncodingBytes = 1;

    public const int CrcBytes = sizeof(uint);

    /// <summary>What a chunk takes beside its data, at most.</summary>
    public const int FrameMaxBytes = LengthMaxBytes + EncodingBytes + CrcBytes;

    /// <summary>Name of the directory inside a block.</summary>
    public const string DirectoryName = "chunks";

    /// <summary>Upstream's file size limit, 512 MiB.</summary>
    public const long SegmentSizeDefaultBytes = 512L << 20;

    public static string FileName(int number) => number.ToString("D6", CultureInfo.InvariantCulture);
}
