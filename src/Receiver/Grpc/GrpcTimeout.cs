using System.Globalization;

namespace Receiver.Grpc;

/// <summary>The grpc-timeout header: one to eight digits and a unit, H M S m u n.</summary>
/// <remarks>Source: docs/formats/grpc.md.</remarks>
internal static class GrpcTimeout
{
    private const int DigitsMax = 8;
    private const long ValueMax = 99_999_999; // What eight digits can say.

    /// <summary>Reads a header value.</summary>
    /// <returns>False with upstream's text when it is malformed.</returns>
    public static bool TryParse(string text, out TimeSpan timeout, out string error)
    {
        timeout = default;
        error = "";
        if (text.Length < 2) return Fail($"transport: timeout string is too short: {Quote(text)}", out error);
        if (text.Length > DigitsMax + 1) return Fail($"transport: timeout string is too long: {Quote(text)}", out error);
        double ticksPerUnit = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0.01, // A tick is 100 ns.
            _ => 0,
        };
        if (ticksPerUnit == 0) return Fail($"transport: timeout unit is not recognized: {Quote(text)}", out error);
        if (!ulong.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return Fail($"strconv.ParseUint: parsing {Quote(text[..^1])}: invalid syntax", out error);
        // 99,999,999 hours are 3.6e18 ticks: they fit.
        timeout = TimeSpan.FromTicks((long)Math.Ceiling(value * ticksPerUnit));
        return true;
    }

    /// <summary>Writes a header value: the finest unit that fits eight digits, rounded up. Negative times are zero.</summary>
    public static string Format(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero) return "0n";
        var ticks = timeout.Ticks;
        if (ticks <= ValueMax / 100) return Text(ticks * 100, 'n');
        ReadOnlySpan<(long Ticks, char Unit)> units =
        [
            (TimeSpan.TicksPerMicrosecond, 'u'), (TimeSpan.TicksPerMillisecond, 'm'), (TimeSpan.TicksPerSecond, 'S'),
            (TimeSpan.TicksPerMinute, 'M'),
        ];
        foreach (var (size, unit) in units)
        {
            var count = ((ticks - 1) / size) + 1;
            if (count <= ValueMax) return Text(count, unit);
        }
        return Text(Math.Min(((ticks - 1) / TimeSpan.TicksPerHour) + 1, ValueMax), 'H');
    }

    private static string Text(long value, char unit) => string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");

    private static string Quote(string text) => $"\"{text}\"";

    private static bool Fail(string text, out string error)
    {
        error = text;
        return false;
    }
}
