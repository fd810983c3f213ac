namespace Tsdb.Wal;

/// <summary>One segment of a log or of a checkpoint.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Segment">Its number.</param>
internal readonly record struct SegmentPart(string Directory, int Segment)
{
    /// <summary>Full path of the file.</summary>
    public string Path => SegmentDirectory.SegmentPath(Directory, Segment);

    /// <summary>Under which name the file is kept when it is damaged, without the number that makes it unique.</summary>
    /// <param name="log">The log's directory. A checkpoint is deleted when the next one is written, so what is damaged in it
    /// is kept
    /// beside the log's segments, under a name that no program takes for a checkpoint.</param>
    public string AsideName(string log) => Directory == log
        ? Path
        : System.IO.Path.Combine(log, $"{SegmentDirectory.FileName(Segment)}.of-{System.IO.Path.GetFileName(Directory)}");
}
