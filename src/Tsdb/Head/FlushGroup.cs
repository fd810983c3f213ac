using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>What was logged between the beginnings of two flushes to the device: it becomes durable or is lost as one.</summary>
internal sealed class FlushGroup
{
    private volatile IOException? _failure;
    private volatile bool _isFlushed;

    /// <summary>Whether its flush succeeded.</summary>
    public bool IsFlushed
    {
        get => _isFlushed;
        set => _isFlushed = value;
    }

    /// <summary>Why it is lost; null while it is not.</summary>
    public IOException? Failure
    {
        get => _failure;
        set => _failure = value;
    }

    /// <summary>Series logged in it, which later samples rely on whatever becomes of it; null without any.</summary>
    public RecordBatch? Series { get; set; }
}
