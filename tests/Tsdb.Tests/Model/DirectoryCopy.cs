namespace Tsdb.Tests.Model;

/// <summary>Copies a data directory as a killed process would leave it: nothing is closed, and the lock is nobody's.</summary>
internal static class DirectoryCopy
{
    public static void Take(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            if (Path.GetFileName(file) != "lock") File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
        foreach (var folder in Directory.GetDirectories(from)) Take(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
