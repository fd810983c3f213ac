using Receiver.Options;

namespace Receiver.Hosting;

/// <summary>Writes log events to one stream, a line each, whole lines at a time.</summary>
/// <param name="options">Level and shape.</param>
/// <param name="output">Where to; stderr in the process.</param>
/// <param name="clock">Where times come from.</param>
internal sealed class LineLoggerProvider(LogOptions options, TextWriter output, TimeProvider clock) : ILoggerProvider
{
    private readonly Lock _gate = new(); // Guards output.

    public ILogger CreateLogger(string categoryName) => new Logger(this, Caller(categoryName));

    public void Dispose() => output.Flush();

    // The framework's own talk is only interesting when something is wrong, and that a port could not be had is said by us.
    private static LogLevel LevelFor(string caller, LogLevel wanted)
    {
        if (caller.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal)) return LogLevel.None;
        return caller.StartsWith("Microsoft.", StringComparison.Ordinal)
            ? (LogLevel)Math.Max((int)LogLevel.Warning, (int)wanted) : wanted;
    }

    private static string Caller(string category) =>
        category.StartsWith("Receiver.", StringComparison.Ordinal) ? category["Receiver.".Length..] : category;

    private void Write(string caller, LogLevel level, string message, object? values, Exception? error)
    {
        var line = LogLine.Format(options, clock.GetUtcNow(), caller, level, message, values, error);
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private sealed class Logger(LineLoggerProvider provider, string caller) : ILogger
    {
        private readonly LogLevel _level = LevelFor(caller, provider.Level);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _level && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) provider.Write(caller, logLevel, formatter(state, exception), state, exception);
        }
    }

    private LogLevel Level => options.Level;
}
