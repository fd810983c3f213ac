namespace Tsdb.Head.OutOfOrder;

/// <summary>What became of a sample that was to go into a list.</summary>
internal enum LateInsert : byte
{
    /// <summary>It is in the list.</summary>
    Added,

    /// <summary>The list had it already, with the same value.</summary>
    Same,

    /// <summary>The list has another value at its time; that one stays, as upstream.</summary>
    Conflict,
}
