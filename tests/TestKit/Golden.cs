using System.Formats.Tar;
using System.IO.Compression;

namespace TestKit;

/// <summary>Finds and reads the golden files: what the real programs wrote, kept beside the tests that compare against
/// it.</summary>
/// <remarks>
/// The folder is the repository's <c>tests/golden</c>; the environment variable <c>GOLDEN_DIR</c> overrides it. Files are
/// found by
/// folder and pattern, never by a list of names, so a folder with more files in it is tested without touching code. A file may
/// be
/// plain or gzip (<c>.gz</c> after its name): every member takes both.
/// </remarks>
public static class Golden
{
    private const string Gzip = ".gz";

    /// <summary>The golden folder in use, as an absolute path.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The files of one folder whose name matches, in ordinal order of their paths.</summary>
    /// <param name="folder">Folder below the golden root, '/' between parts, such as <c>tsdb/chunks</c>.</param>
    /// <param name="pattern">File name with <c>*</c> and <c>?</c>, without <c>.gz</c>: <c>xor*.jsonl</c> also finds
    /// <c>xor.jsonl.gz</c>.</param>
    /// <returns>Absolute paths; empty when the folder does not exist or nothing matches.</returns>
    public static IReadOnlyList<string> Files(string folder, string pattern)
    {
        var directory = Path.Combine(Root, folder);
        if (!Directory.Exists(directory)) return [];
        var found = new SortedSet<string>(Directory.GetFiles(directory, pattern), StringComparer.Ordinal);
        if (!pattern.EndsWith(Gzip, StringComparison.Ordinal))
            found.UnionWith(Directory.GetFiles(directory, pattern + Gzip));
        return [.. found];
    }

    /// <summary>The text lines of a file, without empty ones.</summary>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(Open(path));
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0) yield return line;
        }
    }

    /// <summary>Opens a file for reading, decompressed when its name ends in <c>.gz</c>; the caller disposes the
    /// stream.</summary>
    public static Stream Open(string path)
    {
        var file = File.OpenRead(path);
        return path.EndsWith(Gzip, StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Unpacks a <c>.tar</c> or <c>.tar.gz</c> into a folder, which is created when absent; existing files are
    /// replaced.</summary>
    public static void Extract(string tarGz, string intoDir)
    {
        Directory.CreateDirectory(intoDir);
        using var tar = Open(tarGz);
        TarFile.ExtractToDirectory(tar, intoDir, overwriteFiles: true);
    }

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable("GOLDEN_DIR") is { Length: > 0 } chosen) return Path.GetFullPath(chosen);
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Receiver.sln"))) return Path.Combine(at.FullName, "tests", "golden");
        }
        throw new DirectoryNotFoundException($"No Receiver.sln above {AppContext.BaseDirectory}; set GOLDEN_DIR.");
    }
}
