using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>What a series of a request carries besides float samples, and where its labels are.</summary>
[Flags]
public enum SeriesTraits
{
    /// <summary>Labels in one run of the body, float samples at most.</summary>
    None = 0,

    /// <summary>The labels were scattered over the message; a joined copy lies in the batch's side buffer.</summary>
    JoinedLabels = 1,

    /// <summary>Holds native histograms.</summary>
    Histograms = 2,

    /// <summary>Holds exemplars.</summary>
    Exemplars = 4,
}

/// <summary>One TimeSeries message of a request, by its place in the request's bytes.</summary>
/// <remarks>48 bytes. Offsets count from the first byte of the batch's content and are valid as long as it is.</remarks>
public struct SeriesEntry
{
    /// <summary>Keyed hash of the bytes of the label run as received.</summary>
    public KeyHash Key;

    /// <summary>Where the whole field starts, its tag included: what is spliced into a forwarded message.</summary>
    public int FieldOffset;

    /// <summary>Bytes of the whole field.</summary>
    public int FieldLength;

    /// <summary>Where the run of label fields starts; in the side buffer with <see cref="SeriesTraits.JoinedLabels"/>.</summary>
    public int LabelsOffset;

    /// <summary>Bytes of the run.</summary>
    public int LabelsLength;

    /// <summary>Index of the first of its samples among the batch's items.</summary>
    public int FirstItem;

    /// <summary>Number of its samples; 0 or more.</summary>
    public int ItemCount;

    /// <summary>Whose it is: an index into the batch's tenants.</summary>
    public int Tenant;

    /// <summary>What else it carries.</summary>
    public SeriesTraits Traits;
}
