namespace Receiver.RemoteWrite;

/// <summary>Tells an unclean spelling of a known path (case, slashes, dot segments) from an unknown one.</summary>
/// <remarks>Upstream's router answers the first with a redirect, the second with 404.</remarks>
public static class PathCleanup
{
    /// <summary>True when the target's path, as sent, is exactly the one given; percent-encoding is allowed.</summary>
    public static bool IsExact(string rawTarget, string path)
    {
        var raw = WithoutQuery(rawTarget);
        return raw.SequenceEqual(path) || (raw.Contains('%') && Uri.UnescapeDataString(raw) == path);
    }

    /// <summary>True when the target's path means the one given once slashes, dot segments and letter case are put
    /// right.</summary>
    public static bool IsVariant(string rawTarget, string path)
    {
        var kept = new List<string>();
        foreach (var part in Uri.UnescapeDataString(WithoutQuery(rawTarget)).Split('/'))
        {
            if (part.Length == 0 || part == ".") continue;
            if (part != "..") kept.Add(part);
            else if (kept.Count > 0) kept.RemoveAt(kept.Count - 1);
        }
        return string.Equals("/" + string.Join('/', kept), path, StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<char> WithoutQuery(string rawTarget)
    {
        var end = rawTarget.IndexOf('?', StringComparison.Ordinal);
        return end < 0 ? rawTarget : rawTarget.AsSpan(0, end);
    }
}
