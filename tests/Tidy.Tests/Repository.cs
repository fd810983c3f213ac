using System.Diagnostics;

namespace Tidy.Tests;

/// <summary>The files under version control (or about to be), as the rules see them.</summary>
internal static class Repository
{
    /// <summary>Top folder of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file that is tracked, or new and not ignored; relative paths with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    /// <summary>Files with an ending, below a folder.</summary>
    public static IEnumerable<string> Below(string folder, string ending)
    {
        foreach (var file in Files)
        {
            if (file.StartsWith(folder, StringComparison.Ordinal)
                && file.EndsWith(ending, StringComparison.Ordinal)) yield return file;
        }
    }

    /// <summary>Lines of a file.</summary>
    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>Text of a file.</summary>
    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Receiver.sln")))
            directory = Path.GetDirectoryName(directory)
                ?? throw new InvalidOperationException("Receiver.sln is not above the tests");
        return directory;
    }

    private static List<string> ListFiles()
    {
        var start = new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        var files = new List<string>();
        foreach (var file in output.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (File.Exists(Path.Combine(Root, file))) files.Add(file);
        }
        return files;
    }
}
