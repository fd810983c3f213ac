using System.Text.RegularExpressions;

namespace Tidy.Tests;

/// <summary>Finds functions in formatted C#: a signature at class-member depth, then a body between braces at the same
/// indentation.</summary>
internal static partial class Functions
{
    /// <summary>Name, first line (from 1) and length in lines, braces included.</summary>
    public static IEnumerable<(string Name, int Line, int Length)> In(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var signature = Signature().Match(lines[i]);
            if (!signature.Success || Type().IsMatch(lines[i])) continue;
            var indent = signature.Groups[1].Value;
            var open = i;
            // The body opens on a line of its own; an expression body or a declaration ends before.
            while (open < lines.Length && lines[open] != indent + "{" && !lines[open].TrimEnd().EndsWith(';')) open++;
            if (open >= lines.Length || lines[open] != indent + "{") continue;
            var close = Array.IndexOf(lines, indent + "}", open);
            if (close < 0) continue;
            yield return (signature.Groups[2].Value, i + 1, close - i + 1);
            i = open;
        }
    }

    [GeneratedRegex(
        @"^( {4,12})(?:(?:public|private|internal|protected|static|async|override|sealed|virtual|readonly|unsafe|partial|new)\s)+"
        + @".*?([\w<>]+)\(")]
    private static partial Regex Signature();

    [GeneratedRegex(@"\b(class|struct|record|interface|enum|delegate)\b")]
    private static partial Regex Type();
}
