namespace Receiver.StoreApi;

/// <summary>The tenants of one call, kept open until disposal.</summary>
internal sealed class SourceSet : IDisposable
{
    private readonly List<SeriesSource> _entered = [];

    /// <summary>Enters every tenant that is not being closed.</summary>
    public SourceSet(IReadOnlyList<SeriesSource> sources)
    {
        foreach (var source in sources)
        {
            if (source.TryEnter()) _entered.Add(source);
        }
    }

    /// <summary>The tenants.</summary>
    public IReadOnlyList<SeriesSource> Sources => _entered;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _entered) source.Exit();
        _entered.Clear();
    }
}
