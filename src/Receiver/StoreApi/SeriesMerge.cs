namespace Receiver.StoreApi;

/// <summary>Merges ordered streams into one. A stream that fails is dropped and its failure is reported; the others go
/// on.</summary>
internal sealed class SeriesMerge : IDisposable
{
    private readonly List<SeriesStream> _streams;
    private readonly PriorityQueue<SeriesStream, SeriesStream> _order;
    private SeriesStream? _current;
    private bool _isStarted;

    /// <summary>Takes over the streams.</summary>
    public SeriesMerge(List<SeriesStream> streams)
    {
        _streams = streams;
        _order = new(Comparer<SeriesStream>.Create(static (a, b) => LabelOrder.Compare(a.Current.Labels, b.Current.Labels)));
    }

    /// <summary>What went wrong since the caller last emptied it.</summary>
    public Queue<(SeriesSource Source, Exception Error)> Failures { get; } = new();

    /// <summary>The series at the position; valid until the next step.</summary>
    public SeriesItem Current => _current!.Current;

    /// <summary>Steps to the next series of all streams.</summary>
    public bool MoveNext()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            foreach (var stream in _streams) Enter(stream);
        }
        else if (_current is not null)
        {
            // Out of the heap before it moves: the heap compares by what streams are at.
            Enter(_current);
        }
        return _order.TryDequeue(out _current, out _);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stream in _streams) stream.Dispose();
    }

    private void Enter(SeriesStream stream)
    {
        try
        {
            if (stream.MoveNext()) _order.Enqueue(stream, stream);
        }
        catch (Exception e)
        {
            Failures.Enqueue((stream.Source, e));
        }
    }
}
