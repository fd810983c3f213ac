using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The label pair references of all series, one run a series, four bytes a label.</summary>
/// <remarks>Taking and freeing belong to the head's index lock; a run in use never moves.</remarks>
internal sealed class LabelRuns(uint entriesMax) : IDisposable
{
    /// <summary>Runs up to this length are handed out again; longer ones are rare enough to be left.</summary>
    private const int ReusedLengthMax = 255;

    private readonly NativeSlab<uint> _slab = new(entriesMax);
    private readonly uint[] _free = new uint[ReusedLengthMax + 1]; // First free run plus one, by length.

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes => _slab.CommittedBytes;

    /// <summary>Takes a run.</summary>
    public uint Take(int length)
    {
        if (length == 0) return 0;
        if (length > ReusedLengthMax || _free[length] == 0) return _slab.Extend((uint)length);
        var run = _free[length] - 1;
        _free[length] = _slab[run];
        return run;
    }

    /// <summary>The entries of a run.</summary>
    public Span<uint> Read(uint run, int length) => _slab.Run(run, length);

    /// <summary>Gives a run back.</summary>
    public void Free(uint run, int length)
    {
        if (length is 0 or > ReusedLengthMax) return;
        _slab[run] = _free[length];
        _free[length] = run + 1;
    }

    /// <inheritdoc/>
    public void Dispose() => _slab.Dispose();
}
