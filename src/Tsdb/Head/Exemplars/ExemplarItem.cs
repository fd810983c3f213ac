using Tsdb.Labels;

namespace Tsdb.Head.Exemplars;

/// <summary>What became of one exemplar. Outcomes are data, never exceptions.</summary>
public enum ExemplarResult : byte
{
    /// <summary>Accepted; kept when the commit succeeds, unless one of the same request comes between.</summary>
    Appended = 0,

    /// <summary>The database keeps no exemplars: accepted and forgotten.</summary>
    Disabled,

    /// <summary>Equal to the newest of its series: accepted and not stored again.</summary>
    Duplicate,

    /// <summary>Before the newest of its series.</summary>
    OutOfOrder,

    /// <summary>Its labels have more than <see cref="ExemplarRules.LabelCharactersMax"/> characters.</summary>
    LabelsTooLong,

    /// <summary>Its series does not exist; exemplars never create one.</summary>
    NoSeries,
}

/// <summary>One exemplar of one request, on its way through <see cref="HeadAppender.AppendExemplar"/>.</summary>
public struct ExemplarItem
{
    /// <summary>In: the series' slot in the head, as <see cref="AppendItem.SeriesIndex"/> of an item that was found or
    /// created.</summary>
    public uint SeriesIndex;

    /// <summary>In: Unix milliseconds.</summary>
    public long TimestampMs;

    /// <summary>In: whether its sender gave the time; two exemplars without one are equal at different times too.</summary>
    public bool HasTimestamp;

    /// <summary>In: the value's bits, kept exactly.</summary>
    public ulong ValueBits;

    /// <summary>In: its own labels, such as a trace's identity; those without a value are left out.</summary>
    public LabelSet Labels;

    /// <summary>Out: what became of it.</summary>
    public ExemplarResult Result;
}
