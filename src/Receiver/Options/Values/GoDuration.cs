using System.Buffers;

namespace Receiver.Options.Values;

/// <summary>Go durations with the flag library's two extra units: a sign, then decimal numbers with units; or 0.</summary>
/// <remarks>Source: Go time.ParseDuration, kingpin's duration value.</remarks>
internal static class GoDuration
{
    private const ulong Limit = 1UL << 63;
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create(".0123456789");
    private static readonly Dictionary<string, ulong> Units = new(StringComparer.Ordinal)
    {
        ["ns"] = 1, ["us"] = 1000, ["µs"] = 1000, ["μs"] = 1000, ["ms"] = 1_000_000, ["s"] = 1_000_000_000,
        ["m"] = 60_000_000_000, ["h"] = 3_600_000_000_000, ["d"] = 86_400_000_000_000, ["w"] = 604_800_000_000_000,
    };

    /// <summary>Reads a duration in nanoseconds, up to about 292 years either way.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        var notValid = $"time: invalid duration {GoText.Quote(text)}";
        var rest = text.AsSpan();
        var isNegative = rest.StartsWith("-");
        if (isNegative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return null;
        if (rest.Length == 0) return notValid;
        ulong sum = 0;
        while (rest.Length > 0)
        {
            if (!TryReadNumber(ref rest, out var whole, out var fraction)) return notValid;
            var end = rest.IndexOfAny(NumberCharacters);
            var name = (end < 0 ? rest : rest[..end]).ToString();
            if (name.Length == 0) return $"time: missing unit in duration {GoText.Quote(text)}";
            if (!Units.TryGetValue(name, out var unit))
                return $"time: unknown unit {GoText.Quote(name)} in duration {GoText.Quote(text)}";
            rest = rest[name.Length..];
            if (whole > Limit / unit) return notValid;
            sum += (whole * unit) + (ulong)(fraction * unit);
            if (sum > Limit) return notValid;
        }
        if (sum > long.MaxValue && !isNegative) return notValid;
        nanoseconds = isNegative ? -(long)sum : (long)sum;
        return null;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> rest, out ulong whole, out double fraction)
    {
        (whole, fraction) = (0, 0);
        var any = false;
        for (; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..], any = true)
        {
            if (whole > Limit / 10) return false;
            whole = (whole * 10) + (ulong)(rest[0] - '0');
            if (whole > Limit) return false;
        }
        if (!rest.StartsWith(".")) return any;
        rest = rest[1..];
        for (var scale = 0.1; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..], scale /= 10, any = true)
            fraction += (rest[0] - '0') * scale;
        return any;
    }
}
