using System.Buffers;
using System.Text;

namespace Hashring;

/// <summary>What a pattern says about a name.</summary>
public enum GlobResult
{
    /// <summary>The name does not match.</summary>
    NoMatch,

    /// <summary>The whole name matches.</summary>
    Match,

    /// <summary>The pattern is malformed; found even where the name had differed before.</summary>
    BadPattern,
}

/// <summary>Shell patterns by the rules of Go's filepath.Match on Unix.</summary>
/// <remarks>
/// <c>*</c> any run without '/', <c>?</c> one character but '/', <c>[a-z]</c> and <c>[^a-z]</c> classes, <c>\</c> escapes.
/// The pattern is cut at its stars into chunks; a chunk is matched at the first place that lets the next one follow.
/// </remarks>
public static class GlobPattern
{
    /// <summary>Matches UTF-8 against a UTF-8 pattern.</summary>
    public static GlobResult Match(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        while (!pattern.IsEmpty)
        {
            var chunk = TakeChunk(ref pattern, out var hasStar);
            if (hasStar && chunk.IsEmpty) return name.Contains((byte)'/') ? GlobResult.NoMatch : GlobResult.Match;
            var result = Place(chunk, hasStar, isLast: pattern.IsEmpty, ref name);
            if (result == GlobResult.BadPattern) return result;
            if (result == GlobResult.NoMatch) return IsWellFormed(pattern) ? GlobResult.NoMatch : GlobResult.BadPattern;
        }
        return name.IsEmpty ? GlobResult.Match : GlobResult.NoMatch;
    }

    /// <summary>Finds where the chunk matches: here, or after a star at any later place before the next slash.</summary>
    private static GlobResult Place(scoped ReadOnlySpan<byte> chunk, bool hasStar, bool isLast, ref ReadOnlySpan<byte> name)
    {
        for (var skipped = 0; ; skipped++)
        {
            var result = MatchChunk(chunk, name[skipped..], out var rest);
            var fits = rest.IsEmpty || !isLast; // The last chunk has to reach the end of the name.
            if (result == GlobResult.BadPattern || (result == GlobResult.Match && fits))
            {
                name = rest;
                return result;
            }
            if (!hasStar || skipped == name.Length || name[skipped] == '/') return GlobResult.NoMatch;
        }
    }

    private static bool IsWellFormed(ReadOnlySpan<byte> pattern)
    {
        while (!pattern.IsEmpty)
        {
            var chunk = TakeChunk(ref pattern, out _);
            if (MatchChunk(chunk, default, out _) == GlobResult.BadPattern) return false;
        }
        return true;
    }

    /// <summary>Takes leading stars and everything up to the next one that stands outside a class.</summary>
    private static ReadOnlySpan<byte> TakeChunk(ref ReadOnlySpan<byte> pattern, out bool hasStar)
    {
        var rest = pattern.TrimStart((byte)'*');
        hasStar = rest.Length < pattern.Length;
        var inClass = false;
        var at = 0;
        for (; at < rest.Length; at++)
        {
            var c = rest[at];
            if (c == '*' && !inClass) break;
            if (c == '\\' && at + 1 < rest.Length) at++;
            else if (c == '[') inClass = true;
            else if (c == ']') inClass = false;
        }
        pattern = rest[at..];
        return rest[..at];
    }

    /// <summary>
    /// Matches a chunk without stars at the start of the name; goes on to its end after a difference, to find bad syntax.
    /// </summary>
    private static GlobResult MatchChunk(scoped ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        var differs = false;
        while (!chunk.IsEmpty)
        {
            differs |= name.IsEmpty;
            switch (chunk[0])
            {
                case (byte)'[':
                    chunk = chunk[1..];
                    var candidate = differs ? default : TakeRune(ref name);
                    if (!TryClass(ref chunk, candidate, out var isMember)) return GlobResult.BadPattern;
                    differs |= !isMember;
                    break;
                case (byte)'?':
                    chunk = chunk[1..];
                    differs = differs || name[0] == '/';
                    if (!differs) TakeRune(ref name);
                    break;
                default:
                    if (chunk[0] == '\\') chunk = chunk[1..];
                    if (chunk.IsEmpty) return GlobResult.BadPattern;
                    differs = differs || chunk[0] != name[0];
                    if (!differs) name = name[1..];
                    chunk = chunk[1..];
                    break;
            }
        }
        rest = name;
        return differs ? GlobResult.NoMatch : GlobResult.Match;
    }

    private static bool TryClass(ref ReadOnlySpan<byte> chunk, Rune candidate, out bool isMember)
    {
        var isNegated = !chunk.IsEmpty && chunk[0] == '^';
        if (isNegated) chunk = chunk[1..];
        var isListed = false;
        for (var ranges = 0; ranges == 0 || chunk[0] != ']'; ranges++)
        {
            isMember = false;
            if (!TryBound(ref chunk, out var low)) return false;
            var high = low;
            if (chunk[0] == '-')
            {
                chunk = chunk[1..];
                if (!TryBound(ref chunk, out high)) return false;
            }
            isListed |= low <= candidate && candidate <= high;
        }
        chunk = chunk[1..];
        isMember = isListed != isNegated;
        return true;
    }

    /// <summary>One character of a class; a class never ends with it, because the bracket has to follow.</summary>
    private static bool TryBound(ref ReadOnlySpan<byte> chunk, out Rune bound)
    {
        bound = default;
        if (chunk.IsEmpty || chunk[0] is (byte)'-' or (byte)']') return false;
        if (chunk[0] == '\\') chunk = chunk[1..];
        if (Rune.DecodeFromUtf8(chunk, out bound, out var length) != OperationStatus.Done) return false;
        chunk = chunk[length..];
        return !chunk.IsEmpty;
    }

    private static Rune TakeRune(ref ReadOnlySpan<byte> name)
    {
        var isText = Rune.DecodeFromUtf8(name, out var rune, out var length) == OperationStatus.Done;
        name = name[(isText ? length : 1)..];
        return rune;
    }
}
