namespace Receiver.Options.Values;

/// <summary>Prometheus durations: numbers with the units y w d h m s ms, each at most once, largest first; or 0.</summary>
/// <remarks>Source: prometheus/common model/time.go.</remarks>
internal static class ModelDuration
{
    private const ulong Millisecond = 1_000_000;
    private const ulong Day = 24 * 3600 * 1000 * Millisecond;
    private static readonly (string Name, ulong Nanoseconds)[] Units =
    [
        ("y", 365 * Day), ("w", 7 * Day), ("d", Day), ("h", 3_600_000 * Millisecond), ("m", 60_000 * Millisecond),
        ("s", 1000 * Millisecond), ("ms", Millisecond),
    ];

    /// <summary>Reads a duration in nanoseconds, up to about 292 years.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        if (text == "0") return null;
        if (text.Length == 0) return "empty duration string";
        var notValid = $"not a valid duration string: {GoText.Quote(text)}";
        var rest = text.AsSpan();
        var (largest, sum) = (0, 0UL);
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !ulong.TryParse(rest[..digits], out var count)) return notValid;
            rest = rest[digits..];
            var length = rest.IndexOfAnyInRange('0', '9');
            var name = length < 0 ? rest : rest[..length];
            rest = rest[name.Length..];
            var unit = 0;
            while (unit < Units.Length && !name.SequenceEqual(Units[unit].Name)) unit++;
            if (unit == Units.Length) return $"unknown unit {GoText.Quote(name.ToString())} in duration {GoText.Quote(text)}";
            if (unit < largest) return notValid;
            largest = unit + 1;
            if (count > (1UL << 63) / Units[unit].Nanoseconds) return "duration out of range";
            sum += count * Units[unit].Nanoseconds;
            if (sum > long.MaxValue) return "duration out of range";
        }
        nanoseconds = (long)sum;
        return null;
    }
}
