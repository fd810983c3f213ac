namespace Tsdb.Head.Metadata;

/// <summary>What a metric is; the numbers are those of the log.</summary>
public enum MetricType : byte
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Only grows, but for resets.</summary>
    Counter = 1,

    /// <summary>Goes up and down.</summary>
    Gauge = 2,

    /// <summary>Counts in buckets.</summary>
    Histogram = 3,

    /// <summary>A histogram of what is now.</summary>
    GaugeHistogram = 4,

    /// <summary>Quantiles.</summary>
    Summary = 5,

    /// <summary>Labels only.</summary>
    Info = 6,

    /// <summary>One of several states.</summary>
    StateSet = 7,
}

/// <summary>What is known about a series besides labels and samples. Immutable.</summary>
public sealed class SeriesMetadata : IEquatable<SeriesMetadata>
{
    private readonly byte[] _text; // Unit, then help.
    private readonly int _unitBytes;

    /// <summary>Copies the texts.</summary>
    /// <param name="type">What the metric is; numbers that are no type count as unknown.</param>
    /// <param name="unit">Unit, UTF-8; may be empty.</param>
    /// <param name="help">Help text, UTF-8; may be empty.</param>
    public SeriesMetadata(MetricType type, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help)
    {
        Type = type > MetricType.StateSet ? MetricType.Unknown : type;
        _unitBytes = unit.Length;
        _text = [.. unit, .. help];
    }

    /// <summary>What the metric is.</summary>
    public MetricType Type { get; }

    /// <summary>Unit, UTF-8; empty when not known.</summary>
    public ReadOnlySpan<byte> Unit => _text.AsSpan(0, _unitBytes);

    /// <summary>Help text, UTF-8; empty when not known.</summary>
    public ReadOnlySpan<byte> Help => _text.AsSpan(_unitBytes);

    /// <inheritdoc/>
    public bool Equals(SeriesMetadata? other) =>
        other is not null && Type == other.Type && _unitBytes == other._unitBytes
        && _text.AsSpan().SequenceEqual(other._text);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SeriesMetadata);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add((byte)Type);
        hash.Add(_unitBytes);
        hash.AddBytes(_text);
        return hash.ToHashCode();
    }
}
