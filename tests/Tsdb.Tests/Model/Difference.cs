using System.Globalization;

namespace Tsdb.Tests.Model;

/// <summary>Says where two long texts part, instead of printing both.</summary>
internal static class Difference
{
    private const int LinesBefore = 3;
    private const int LinesAfter = 6;

    /// <summary>Fails with the lines around the first difference.</summary>
    public static void None(string expected, string actual)
    {
        if (expected == actual) return;
        var (left, right) = (expected.Split('\n'), actual.Split('\n'));
        var at = 0;
        while (at < left.Length && at < right.Length && left[at] == right[at]) at++;
        Assert.Fail(string.Create(CultureInfo.InvariantCulture,
            $"line {at + 1} of {left.Length} expected, {right.Length} found\n")
            + $"expected:\n{Around(left, at)}\nfound:\n{Around(right, at)}");
    }

    private static string Around(string[] lines, int at) =>
        string.Join('\n', lines[Math.Max(0, at - LinesBefore)..Math.Min(lines.Length, at + LinesAfter)]);
}
