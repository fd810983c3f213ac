using System.Globalization;

namespace Receiver.Options.Values;

/// <summary>Whole and decimal numbers as Go's strconv reads them, with its messages.</summary>
internal static class Number
{
    /// <summary>Signed 64 bits; base prefixes and digit separators allowed.</summary>
    public static string? TryParseInt64(string text, out long value)
    {
        value = 0;
        var isNegative = text.StartsWith('-');
        var digits = isNegative || text.StartsWith('+') ? text[1..] : text;
        var error = TryParseDigits("ParseInt", text, digits, out var magnitude);
        if (error is not null) return error;
        if (magnitude > (isNegative ? 1UL << 63 : long.MaxValue)) return OutOfRange("ParseInt", text);
        value = isNegative ? (long)(0 - magnitude) : (long)magnitude;
        return null;
    }

    /// <summary>Unsigned 64 bits; base prefixes and digit separators allowed, signs not.</summary>
    public static string? TryParseUInt64(string text, out ulong value) => TryParseDigits("ParseUint", text, text, out value);

    /// <summary>A decimal number.</summary>
    public static string? TryParseFloat(string text, out double value)
    {
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (!double.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out value))
            return Invalid("ParseFloat", text);
        return double.IsInfinity(value) ? OutOfRange("ParseFloat", text) : null;
    }

    /// <summary>A decimal number whose fraction is cut off; beyond 64 bits it becomes the smallest number, as upstream's
    /// conversion does.</summary>
    public static string? TryParseInt(string text, out long value)
    {
        var error = TryParseFloat(text, out var number);
        value = number is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)number : long.MinValue;
        return error;
    }

    private static string? TryParseDigits(string function, string text, string digits, out ulong value)
    {
        value = 0;
        var (radix, start) = Prefix(digits);
        var isSeparated = start > 0; // A separator may follow the prefix.
        if (start == digits.Length) return Invalid(function, text);
        var overflow = false;
        for (var i = start; i < digits.Length; i++)
        {
            if (digits[i] == '_')
            {
                if (!isSeparated || i + 1 == digits.Length || digits[i + 1] == '_') return Invalid(function, text);
                continue;
            }
            var digit = char.IsAsciiHexDigit(digits[i]) ? Convert.ToInt32(digits[i].ToString(), 16) : 36;
            if (digit >= radix) return Invalid(function, text);
            isSeparated = true;
            var next = ((UInt128)value * (uint)radix) + (uint)digit;
            overflow |= next > ulong.MaxValue;
            value = (ulong)next;
        }
        return overflow ? OutOfRange(function, text) : null;
    }

    private static (int Radix, int Start) Prefix(string digits)
    {
        if (digits.Length < 2 || digits[0] != '0') return (10, 0);
        return char.ToLowerInvariant(digits[1]) switch { 'x' => (16, 2), 'o' => (8, 2), 'b' => (2, 2), _ => (8, 1) };
    }

    private static string Invalid(string function, string text) =>
        $"strconv.{function}: parsing {GoText.Quote(text)}: invalid syntax";

    private static string OutOfRange(string function, string text) =>
        $"strconv.{function}: parsing {GoText.Quote(text)}: value out of range";
}
