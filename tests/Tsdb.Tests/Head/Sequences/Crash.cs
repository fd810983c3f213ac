namespace Tsdb.Tests.Head.Sequences;

/// <summary>What a killed process leaves of a directory.</summary>
internal static class Crash
{
    /// <summary>Copies a database that is open: nothing is closed, nothing padded, and the lock stays behind.</summary>
    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "lock") continue;
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
