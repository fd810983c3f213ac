namespace Receiver.Options;

/// <summary>How the process logs.</summary>
public sealed record LogOptions
{
    /// <summary>Least severe level; --log.level, default info.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>JSON objects instead of logfmt; --log.format, default logfmt.</summary>
    public bool IsJson { get; init; }

    /// <summary>Value of the key <c>name</c> on every line; empty = left out; --debug.name.</summary>
    public string Name { get; init; } = "";
}
