namespace ObjStore;

/// <summary>The rule for names of objects: parts separated by single '/', none of them empty, "." or "..", no NUL.</summary>
/// <remarks>So every name is also a path that cannot leave a directory.</remarks>
public static class ObjectName
{
    /// <summary>Longest name that S3 takes, in UTF-8 bytes.</summary>
    public const int MaxBytes = 1024;

    /// <summary>Whether a name follows the rule.</summary>
    public static bool IsValid(string name)
    {
        if (name.Length == 0 || name.Contains('\0') || System.Text.Encoding.UTF8.GetByteCount(name) > MaxBytes) return false;
        foreach (var range in name.AsSpan().Split('/'))
        {
            if (name.AsSpan(range) is "" or "." or "..") return false;
        }
        return true;
    }

    /// <summary>Returns the name.</summary>
    /// <exception cref="ArgumentException">It does not follow the rule.</exception>
    public static string Check(string name) =>
        IsValid(name) ? name : throw new ArgumentException($"object name {name} not valid", nameof(name));
}
