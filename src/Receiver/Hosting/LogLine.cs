using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Receiver.Options;

namespace Receiver.Hosting;

/// <summary>Spells one log event as upstream spells its own: logfmt, or a JSON object with the same keys.</summary>
/// <remarks>Keys: ts, caller, level, component, msg, then the event's values, then err. Times are UTC.</remarks>
internal static class LogLine
{
    private const string Component = "receive";
    private const string OriginalFormat = "{OriginalFormat}";
    private static readonly SearchValues<char> Quoted = SearchValues.Create(" =\"\n\r\t\\");

    /// <summary>The line, without its end.</summary>
    /// <param name="options">Shape and name.</param>
    /// <param name="time">When.</param>
    /// <param name="caller">Who, short.</param>
    /// <param name="level">How bad.</param>
    /// <param name="message">What, in words.</param>
    /// <param name="values">What, as keys and values; may be anything the logging interface passes.</param>
    /// <param name="error">Why; null when nothing went wrong.</param>
    public static string Format(
        LogOptions options, DateTimeOffset time, string caller, LogLevel level, string message, object? values, Exception? error)
    {
        var pairs = new List<(string Key, object? Value)>
        {
            ("ts", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)),
            ("caller", caller),
            ("level", Name(level)),
            ("component", Component),
        };
        if (options.Name.Length > 0) pairs.Add(("name", options.Name));
        pairs.Add(("msg", message));
        if (values is IReadOnlyList<KeyValuePair<string, object?>> list)
        {
            foreach (var (key, value) in list)
            {
                if (key != OriginalFormat && !IsSaid(message, value))
                    pairs.Add((char.ToLowerInvariant(key[0]) + key[1..], value));
            }
        }
        if (error is not null) pairs.Add(("err", Describe(error)));
        return options.IsJson ? Json(pairs) : Logfmt(pairs);
    }

    // A phrase that the message already has word for word is no key to search by.
    private static bool IsSaid(string message, object? value) =>
        value is string phrase && phrase.Contains(' ', StringComparison.Ordinal)
            && message.Contains(phrase, StringComparison.Ordinal);

    /// <summary>Messages of an exception and its causes, outermost first; only a bug gets its stack.</summary>
    private static string Describe(Exception error)
    {
        if (error is NullReferenceException or InvalidOperationException or IndexOutOfRangeException or InvalidCastException)
            return error.ToString();
        var text = error.Message;
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (!text.Contains(cause.Message, StringComparison.Ordinal)) text += ": " + cause.Message;
        }
        return text;
    }

    private static string Logfmt(List<(string Key, object? Value)> pairs)
    {
        var line = new System.Text.StringBuilder(256);
        foreach (var (key, value) in pairs)
        {
            if (line.Length > 0) line.Append(' ');
            line.Append(key).Append('=');
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";
            if (text.Length == 0 || text.AsSpan().ContainsAny(Quoted)) line.Append(Options.Values.GoText.Quote(text));
            else line.Append(text);
        }
        return line.ToString();
    }

    private static string Json(List<(string Key, object? Value)> pairs)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            foreach (var (key, value) in pairs)
            {
                if (value is int or long) json.WriteNumber(key, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                else json.WriteString(key, Convert.ToString(value, CultureInfo.InvariantCulture));
            }
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
