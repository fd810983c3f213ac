using System.Collections.Concurrent;

namespace Receiver.Telemetry;

/// <summary>All series of one name: a table from label values to children.</summary>
/// <remarks>Children are made on first use and live until removed. Resolve them once and keep them: the lookup hashes the
/// values.</remarks>
/// <typeparam name="TChild">What one series is.</typeparam>
public abstract class MetricFamily<TChild> : IMetricFamily
    where TChild : class
{
    private readonly ConcurrentDictionary<string[], Entry> _children = new(LabelValuesComparer.Instance);
    private readonly ConcurrentDictionary<string[], Entry>.AlternateLookup<ReadOnlySpan<string>> _lookup;
    private readonly string[] _labelNames;
    private TChild? _unlabelled;

    private protected MetricFamily(string name, string help, string[] labelNames)
    {
        (Name, Help, _labelNames) = (name, help, labelNames);
        _lookup = _children.GetAlternateLookup<ReadOnlySpan<string>>();
    }

    /// <summary>Name as exported, unit and <c>_total</c> included.</summary>
    public string Name { get; }

    /// <summary>One sentence for the HELP line.</summary>
    public string Help { get; }

    /// <summary>Label names in declaration order.</summary>
    public IReadOnlyList<string> LabelNames => _labelNames;

    /// <inheritdoc/>
    public abstract MetricKind Kind { get; }

    /// <summary>The child of a family without labels.</summary>
    /// <exception cref="InvalidOperationException">The family has labels.</exception>
    protected TChild Unlabelled => _unlabelled ??= WithLabels();

    /// <summary>The child with these label values, made when missing.</summary>
    /// <param name="values">One value per name, in declaration order.</param>
    /// <exception cref="InvalidOperationException">Another number of values than of names.</exception>
    public TChild WithLabels(params ReadOnlySpan<string> values)
    {
        if (_lookup.TryGetValue(values, out var entry)) return entry.Child;
        if (values.Length != _labelNames.Length)
            throw new InvalidOperationException(
                $"BUG: metric {Name} has {_labelNames.Length} labels, got {values.Length} values");
        var key = values.ToArray();
        return _children.GetOrAdd(key, static (k, f) => new(LabelText.Render(f._labelNames, k), f.CreateChild()), this).Child;
    }

    /// <summary>Forgets the series with these label values; a child somebody still holds is no longer exported.</summary>
    public void Remove(params ReadOnlySpan<string> values) => _lookup.TryRemove(values, out _);

    /// <summary>Forgets every series whose label has this value, for example all of a tenant that went away.</summary>
    public void RemoveWhere(string labelName, string value)
    {
        var index = Array.IndexOf(_labelNames, labelName);
        if (index < 0) return;
        foreach (var key in _children.Keys)
        {
            if (key[index] == value) _children.TryRemove(key, out _);
        }
    }

    /// <summary>Forgets all series.</summary>
    public void Clear()
    {
        _children.Clear();
        _unlabelled = null;
    }

    /// <inheritdoc/>
    void IMetricFamily.Write(MetricWriter writer)
    {
        Entry[] entries = [.. _children.Values];
        Array.Sort(entries, static (a, b) => a.Labels.AsSpan().SequenceCompareTo(b.Labels));
        foreach (var (labels, child) in entries) WriteChild(writer, labels, child);
    }

    private protected abstract TChild CreateChild();

    private protected abstract void WriteChild(MetricWriter writer, byte[] labels, TChild child);

    private readonly record struct Entry(byte[] Labels, TChild Child);
}
