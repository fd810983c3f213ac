namespace Tsdb.Queries;

/// <summary>What matcher selection needs of an index, whether it is the head's or a block's.</summary>
internal interface IPostingsSource
{
    /// <summary>References of every series, ascending.</summary>
    ReadOnlyMemory<uint> All();

    /// <summary>References of the series that carry exactly this label, ascending; empty when there is none.</summary>
    ReadOnlyMemory<uint> Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>All values of a label name, ascending by bytes; empty when the name does not occur.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Values(ReadOnlySpan<byte> name);

    /// <summary>All label names, ascending by bytes.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Names();
}
