using System.Buffers;

namespace Receiver.Options.Values;

/// <summary>Sizes: a sign, then decimal numbers with units of one family, KiB … EiB or KB … EB, both powers of 1024; or
/// 0.</summary>
/// <remarks>Source: alecthomas/units.</remarks>
internal static class ByteSize
{
    private const string Letters = "KMGTPE";
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create(".0123456789");

    /// <summary>Reads a size in bytes.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryParse(string text, out long bytes) =>
        TryParse(text, "iB", out bytes) is null ? null : TryParse(text, "B", out bytes);

    private static string? TryParse(string text, string suffix, out long bytes)
    {
        bytes = 0;
        var rest = text.AsSpan();
        var isNegative = rest.StartsWith("-");
        if (isNegative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return null;
        if (rest.Length == 0) return $"units: invalid {text}";
        var sum = 0.0;
        while (rest.Length > 0)
        {
            if (!TryReadNumber(ref rest, out var number)) return $"units: invalid {text}";
            var end = rest.IndexOfAny(NumberCharacters);
            var name = end < 0 ? rest : rest[..end];
            if (!TryFindUnit(name, suffix, out var unit)) return $"units: unknown unit {name} in {text}";
            rest = rest[name.Length..];
            sum += number * unit;
        }
        if (isNegative) sum = -sum;
        // 2^63 itself is the first value out of range; as a double, long.MaxValue rounds up to it.
        if (sum is < -9223372036854775808.0 or > 9223372036854775808.0) return "units: overflow parsing unit";
        bytes = (long)sum;
        return null;
    }

    private static bool TryFindUnit(ReadOnlySpan<char> name, string suffix, out double unit)
    {
        unit = 1;
        if (name is "B") return true;
        if (name.Length != suffix.Length + 1 || !name[1..].SequenceEqual(suffix)) return false;
        var power = Letters.IndexOf(name[0], StringComparison.Ordinal);
        unit = Math.Pow(1024, power + 1);
        return power >= 0;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> rest, out double number)
    {
        number = 0;
        if (!TryReadDigits(ref rest, out var whole, out var count)) return false;
        number = whole;
        if (!rest.StartsWith(".")) return count > 0;
        rest = rest[1..];
        if (!TryReadDigits(ref rest, out var fraction, out var fractionCount)) return false;
        number += fraction / Math.Pow(10, fractionCount);
        return count + fractionCount > 0;
    }

    private static bool TryReadDigits(ref ReadOnlySpan<char> rest, out long value, out int count)
    {
        (value, count) = (0, 0);
        for (; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..], count++)
        {
            if (value >= (long.MaxValue - 9) / 10) return false;
            value = (value * 10) + (rest[0] - '0');
        }
        return true;
    }
}
