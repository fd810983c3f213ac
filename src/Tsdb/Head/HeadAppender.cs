namespace Tsdb.Head;

/// <summary>One request's transaction on a head: find, create what is missing, append, then commit or roll back.</summary>
/// <remarks>One thread. Passes work on the whole request at once so that cache misses of neighbours overlap.</remarks>
public sealed class HeadAppender : IDisposable
{
    /// <summary>Sets <see cref="AppendItem.SeriesIndex"/> of every item from its key.</summary>
    public void Find(Span<AppendItem> items) => throw new NotSupportedException();

    /// <summary>Creates the series of an item that <see cref="Find"/> did not know, or finds it under its real labels.</summary>
    /// <param name="item">Gets its series index.</param>
    /// <param name="encodedLabels">Sorted, unique, non-empty labels in the WAL's sub-format (<see cref="Labels.LabelSet.Encoded"/>).</param>
    public CreateResult Create(ref AppendItem item, ReadOnlySpan<byte> encodedLabels) => throw new NotSupportedException();

    /// <summary>Decides every item and sets its <see cref="AppendItem.Result"/>. Nothing is visible before <see cref="Commit"/>.</summary>
    public void Append(Span<AppendItem> items) => throw new NotSupportedException();

    /// <summary>Writes the log, then makes what was accepted visible.</summary>
    /// <exception cref="IOException">The log could not be written; nothing of the request is kept, series created stay.</exception>
    public void Commit() => throw new NotSupportedException();

    /// <summary>Drops what was appended; series that were created stay.</summary>
    public void Rollback() => throw new NotSupportedException();

    /// <summary>Returns the appender to its head; rolls back when neither committed nor rolled back.</summary>
    public void Dispose()
    {
    }
}
