namespace Tsdb.Wal;

/// <summary>The numbers of the log's byte layout: docs/formats/wal.md.</summary>
internal static class PageFormat
{
    /// <summary>A segment is a sequence of pages of 32 KiB; only the last one on disk may be short.</summary>
    public const int PageBytes = 32 << 10;

    /// <summary>In front of each fragment: type and flags, be16 length, be32 CRC.</summary>
    public const int HeaderBytes = 7;

    /// <summary>Most data one fragment can hold, hence the most that may follow a header.</summary>
    public const int FragmentBytesMax = PageBytes - HeaderBytes;

    /// <summary>128 MiB = 4096 pages.</summary>
    public const int SegmentBytesDefault = 128 << 20;

    /// <summary>Bits of the header byte that hold the <see cref="FragmentType"/>.</summary>
    public const byte TypeMask = 0x07;

    /// <summary>The record this fragment belongs to is a snappy block.</summary>
    public const byte SnappyFlag = 0x08;

    /// <summary>The record this fragment belongs to is a zstd frame.</summary>
    public const byte ZstdFlag = 0x10;
}

/// <summary>Which part of a record a fragment holds; the low three bits of its header.</summary>
internal enum FragmentType : byte
{
    /// <summary>No fragment: the rest of the page is zero.</summary>
    Padding = 0,

    /// <summary>A whole record.</summary>
    Full = 1,

    /// <summary>The first of several.</summary>
    First = 2,

    /// <summary>Neither first nor last.</summary>
    Middle = 3,

    /// <summary>The last of several.</summary>
    Last = 4,
}

/// <summary>How records are stored. Readers take every kind at any time.</summary>
internal enum RecordCompression : byte
{
    /// <summary>As they are.</summary>
    None,

    /// <summary>As a snappy block where that is shorter.</summary>
    Snappy,
}
