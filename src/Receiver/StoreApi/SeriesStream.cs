namespace Receiver.StoreApi;

/// <summary>Series of one tenant in the order of their final labels.</summary>
internal abstract class SeriesStream(SeriesReader reader) : IDisposable
{
    /// <summary>Where the series come from.</summary>
    protected SeriesReader Reader => reader;

    /// <summary>The tenant.</summary>
    public SeriesSource Source => reader.Source;

    /// <summary>The series at the position; valid until the next step.</summary>
    public SeriesItem Current { get; protected set; } = null!;

    /// <summary>Steps to the next series.</summary>
    public abstract bool MoveNext();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Current?.Dispose();
        reader.Dispose();
    }
}
