namespace Receiver.StoreApi;

/// <summary>Repairs the only disorder that added labels cause: a series against those whose labels begin with all of its
/// own.</summary>
/// <remarks>
/// {a} comes before {a, b} in the database; with c added, {a, b, c} comes before {a, c}. The series that begin with {a} follow it
/// directly, so one series of lookahead is enough: a series waits on a stack while the next one overtakes it, and the stack is
/// as deep as such beginnings are nested. This holds while every removed or overridden label is constant in the selection and an
/// added label sorts after every removed one, which <see cref="StreamPlan"/> sees to (docs/decisions/0054).
/// </remarks>
internal sealed class StackedStream(SeriesReader reader) : SeriesStream(reader)
{
    private readonly Stack<SeriesItem> _waiting = new();
    private SeriesItem? _next;
    private bool _isStarted;

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        if (!_isStarted) _next = Reader.Read();
        else if (Current is not null) Reader.Recycle(Current);
        _isStarted = true;
        Current = null!;
        while (true)
        {
            if (_waiting.TryPeek(out var top) && (_next is null || LabelOrder.Compare(top.Labels, _next.Labels) <= 0))
            {
                Current = _waiting.Pop();
                return true;
            }
            if (_next is null) return false;
            _waiting.Push(_next);
            _next = null;
            _next = Reader.Read();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _next?.Dispose();
        while (_waiting.TryPop(out var item)) item.Dispose();
        base.Dispose();
    }
}
