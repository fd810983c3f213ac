namespace Receiver.RemoteWrite;

/// <summary>Puts several reasons into one line as upstream does.</summary>
internal static class Reasons
{
    /// <summary>Distinct reasons, sorted by their bytes: one alone, more as "2 errors: a; b".</summary>
    public static string Join(IEnumerable<string> reasons)
    {
        var distinct = new SortedSet<string>(reasons, StringComparer.Ordinal);
        if (distinct.Count == 0) return "";
        var text = string.Join("; ", distinct);
        return distinct.Count == 1 ? text : $"{distinct.Count} errors: {text}";
    }
}
