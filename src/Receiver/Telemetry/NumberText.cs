using System.Buffers.Text;
using System.Globalization;
using Tsdb.Memory;

namespace Receiver.Telemetry;

/// <summary>Writes a number the way Go's <c>strconv</c> does with format 'g' and the shortest exact digits.</summary>
/// <remarks>
/// Bucket bounds are label values (<c>le="1e+06"</c>), so their spelling is part of a series' identity: rules and dashboards
/// written for upstream must find the same series here.
/// </remarks>
internal static class NumberText
{
    /// <summary>Largest text: sign, 17 digits, point, leading zeros (5) and exponent (5).</summary>
    public const int LengthMax = 32;

    // Go writes an exponent below 1e-4 and from 1e6 on (its precision for this choice is 6 when digits are shortest).
    private const int ExponentMin = -4;
    private const int ExponentEnd = 6;

    /// <summary>Appends the number; <c>NaN</c>, <c>+Inf</c> and <c>-Inf</c> as the text format spells them.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="value">What.</param>
    /// <param name="isOpenMetrics">Adds <c>.0</c> to whole numbers, which OpenMetrics wants.</param>
    public static void Write(ByteBuffer output, double value, bool isOpenMetrics)
    {
        if (!double.IsFinite(value))
        {
            output.Write(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }
        Span<byte> digits = stackalloc byte[LengthMax];
        var (count, exponent) = ShortestDigits(value, digits);
        if (double.IsNegative(value)) output.WriteByte((byte)'-');
        if (exponent is < ExponentMin or >= ExponentEnd)
            WriteExponent(output, digits[..count], exponent);
        else
            WritePlain(output, digits[..count], exponent, isOpenMetrics);
    }

    /// <summary>Splits a number into its significant digits and the decimal exponent of the first one.</summary>
    private static (int Count, int Exponent) ShortestDigits(double value, Span<byte> digits)
    {
        Span<byte> shortest = stackalloc byte[LengthMax]; // From 1e15 on the runtime writes an exponent too, so this is enough.
        Math.Abs(value).TryFormat(shortest, out var length, default, CultureInfo.InvariantCulture);
        shortest = shortest[..length];
        var (count, point, exponent) = (0, -1, 0);
        for (var i = 0; i < shortest.Length; i++)
        {
            if (shortest[i] == (byte)'.') point = count;
            else if (shortest[i] == (byte)'E')
            {
                exponent = int.Parse(shortest[(i + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                break;
            }
            else if (count < digits.Length) digits[count++] = shortest[i];
        }
        exponent += (point < 0 ? count : point) - 1;
        var leading = 0;
        while (leading < count - 1 && digits[leading] == (byte)'0') leading++;
        digits[leading..count].CopyTo(digits);
        count -= leading;
        while (count > 1 && digits[count - 1] == (byte)'0') count--;
        return (count, digits[0] == (byte)'0' ? 0 : exponent - leading);
    }

    private static void WriteExponent(ByteBuffer output, ReadOnlySpan<byte> digits, int exponent)
    {
        output.WriteByte(digits[0]);
        if (digits.Length > 1)
        {
            output.WriteByte((byte)'.');
            output.Write(digits[1..]);
        }
        output.Write(exponent < 0 ? "e-"u8 : "e+"u8);
        Utf8Formatter.TryFormat(Math.Abs(exponent), output.GetSpan(8), out var length, new('D', 2));
        output.Advance(length);
    }

    private static void WritePlain(ByteBuffer output, ReadOnlySpan<byte> digits, int exponent, bool isOpenMetrics)
    {
        if (exponent < 0)
        {
            output.Write("0."u8);
            for (var i = -1; i > exponent; i--) output.WriteByte((byte)'0');
            output.Write(digits);
            return;
        }
        var whole = exponent + 1;
        output.Write(digits[..Math.Min(whole, digits.Length)]);
        for (var i = digits.Length; i < whole; i++) output.WriteByte((byte)'0');
        if (digits.Length > whole)
        {
            output.WriteByte((byte)'.');
            output.Write(digits[whole..]);
        }
        else if (isOpenMetrics)
            output.Write(".0"u8);
    }
}
