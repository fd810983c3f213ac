namespace Tsdb.Wal;

/// <summary>First byte of a record's payload.</summary>
internal enum RecordType : byte
{
    /// <summary>Empty, or of a type this version does not know; readers skip it.</summary>
    Unknown = 0,

    /// <summary>References and labels of new series: <see cref="SeriesReader"/>.</summary>
    Series = 1,

    /// <summary>Float samples: <see cref="SamplesReader"/>.</summary>
    Samples = 2,

    /// <summary>Deleted ranges: <see cref="TombstonesReader"/>.</summary>
    Tombstones = 3,

    /// <summary>Exemplars: <see cref="ExemplarsReader"/>.</summary>
    Exemplars = 4,

    /// <summary>Which out-of-order chunks hold what precedes: <see cref="MmapMarkersReader"/>.</summary>
    MmapMarkers = 5,

    /// <summary>Type, unit and help of series: <see cref="MetadataReader"/>.</summary>
    Metadata = 6,

    /// <summary>Integer histograms with exponential buckets: <see cref="HistogramsReader"/>.</summary>
    Histograms = 7,

    /// <summary>Float histograms with exponential buckets: <see cref="HistogramsReader"/>.</summary>
    FloatHistograms = 8,

    /// <summary>Integer histograms with custom buckets: <see cref="HistogramsReader"/>.</summary>
    CustomHistograms = 9,

    /// <summary>Float histograms with custom buckets: <see cref="HistogramsReader"/>.</summary>
    CustomFloatHistograms = 10,

    /// <summary>Float samples with start timestamps, of later versions: read as <see cref="Samples"/>, never written.</summary>
    SamplesSt = 11,

    /// <summary>Integer histograms of all schemas with start timestamps: read as <see cref="Histograms"/>, never
    /// written.</summary>
    HistogramsSt = 12,

    /// <summary>Float histograms of all schemas with start timestamps: read as <see cref="FloatHistograms"/>, never
    /// written.</summary>
    FloatHistogramsSt = 13,
}

/// <summary>How reading a record ended.</summary>
internal enum RecordStatus : byte
{
    /// <summary>Nothing wrong so far.</summary>
    Ok = 0,

    /// <summary>The first byte is not this reader's type.</summary>
    InvalidType,

    /// <summary>An entry ends early, or a number in it needs more than 64 bits.</summary>
    InvalidSize,
}

/// <summary>Questions about a record as a whole.</summary>
internal static class RecordTypes
{
    /// <summary>The type of a record; one with start timestamps counts as its type without them, since the readers drop
    /// them.</summary>
    public static RecordType Of(ReadOnlySpan<byte> record)
    {
        if (record.IsEmpty) return RecordType.Unknown;
        var type = (RecordType)record[0];
        return type switch
        {
            <= RecordType.CustomFloatHistograms => type,
            RecordType.SamplesSt => RecordType.Samples,
            RecordType.HistogramsSt => RecordType.Histograms,
            RecordType.FloatHistogramsSt => RecordType.FloatHistograms,
            _ => RecordType.Unknown,
        };
    }

    /// <summary>Whether the entries of a record carry start timestamps.</summary>
    public static bool HasStartTimes(ReadOnlySpan<byte> record) =>
        !record.IsEmpty && record[0] is >= (byte)RecordType.SamplesSt and <= (byte)RecordType.FloatHistogramsSt;

    /// <summary>What a log line says about a damaged record, in upstream's words.</summary>
    /// <param name="type">Type of the record.</param>
    /// <param name="status">How reading it ended.</param>
    /// <param name="count">Entries read, the damaged one included.</param>
    public static string ErrorText(RecordType type, RecordStatus status, int count)
    {
        if (status == RecordStatus.InvalidType) return "invalid record type";
        var entries = type switch
        {
            RecordType.Samples => "samples",
            RecordType.Exemplars => "exemplars",
            RecordType.MmapMarkers => "mmap markers",
            >= RecordType.Histograms and <= RecordType.CustomFloatHistograms => "histograms",
            _ => null,
        };
        return entries is null ? "invalid size" : $"decode error after {count} {entries}: invalid size";
    }

    /// <summary>Why a reader of a whole log stops at a damaged record, in upstream's words.</summary>
    public static string DecodeError(RecordType type, RecordStatus status, int count) =>
        $"decode {NameOf(type)}: {ErrorText(type, status, count)}";

    private static string NameOf(RecordType type) => type switch
    {
        RecordType.Series => "series",
        RecordType.Samples => "samples",
        RecordType.Tombstones => "tombstones",
        RecordType.Exemplars => "exemplars",
        RecordType.Metadata => "metadata",
        RecordType.MmapMarkers => "mmap markers",
        _ => "histogram samples",
    };
}
