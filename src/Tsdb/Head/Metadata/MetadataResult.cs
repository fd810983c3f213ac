namespace Tsdb.Head.Metadata;

/// <summary>What became of one series' metadata.</summary>
public enum MetadataResult : byte
{
    /// <summary>Takes effect when the commit succeeds.</summary>
    Accepted = 0,

    /// <summary>As it was: nothing to do.</summary>
    Unchanged,

    /// <summary>The series does not exist; metadata never creates one.</summary>
    NoSeries,

    /// <summary>The head holds as many different texts as it may.</summary>
    Full,
}
