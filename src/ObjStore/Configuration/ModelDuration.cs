using System.Globalization;

namespace ObjStore.Configuration;

/// <summary>
/// Durations as Prometheus writes them in files: "90s", "1m30s", "2h", "0". Source: prometheus/common model/time.go.
/// </summary>
internal static class ModelDuration
{
    private static readonly (string Unit, double Milliseconds)[] Units =
    [
        ("y", 365d * 86_400_000), ("w", 7d * 86_400_000), ("d", 86_400_000),
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ];

    /// <summary>Reads one; false unless units come in descending order, each at most once, with whole numbers.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text is "0") return true;
        if (text.IsEmpty) return false;
        var (unit, total) = (0, 0d);
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !ulong.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return false;
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            if (letters < 0) letters = text.Length;
            while (unit < Units.Length && !text[..letters].SequenceEqual(Units[unit].Unit)) unit++;
            if (unit == Units.Length) return false;
            total += number * Units[unit++].Milliseconds;
            text = text[letters..];
        }
        // The original counts nanoseconds in 63 bits: about 292 years.
        if (total > long.MaxValue / 1_000_000d) return false;
        duration = TimeSpan.FromMilliseconds(total);
        return true;
    }
}
