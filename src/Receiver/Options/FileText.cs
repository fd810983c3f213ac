namespace Receiver.Options;

/// <summary>Says what is wrong with a file in the words of the operating system.</summary>
internal static class FileText
{
    /// <summary>For example <c>open x.yml: no such file or directory</c>.</summary>
    /// <param name="operation">What was tried.</param>
    /// <param name="path">On which file, as the user wrote it.</param>
    /// <param name="error">What came of it.</param>
    public static string Describe(string operation, string path, Exception error)
    {
        if (Directory.Exists(path)) return $"read {path}: is a directory";
        return error switch
        {
            FileNotFoundException or DirectoryNotFoundException => $"{operation} {path}: no such file or directory",
            UnauthorizedAccessException => $"{operation} {path}: permission denied",
            _ => $"{operation} {path}: {error.Message}",
        };
    }
}
