namespace Integration.Fixture;

/// <summary>The programs of Debian's unstable pool that <c>tests/tools/newer-debian</c> keeps in a cache folder: Prometheus and
/// promtool 3.5.</summary>
internal static class NewerTools
{
    /// <summary>Path of promtool.</summary>
    public static string Promtool => At("promtool");

    /// <summary>Path of the server.</summary>
    public static string Prometheus => At("prometheus");

    /// <summary>Skips the calling test aloud when they are missing; fails it in CI.</summary>
    public static void Require()
    {
        if (!File.Exists(Promtool) || !File.Exists(Prometheus))
            Programs.Miss("promtool 3.5 is not there: tests/tools/newer-debian prometheus promtool");
    }

    private static string At(string name)
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } chosen ? chosen
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var tools = Environment.GetEnvironmentVariable("RECEIVER_TOOLS") is { Length: > 0 } folder ? folder
            : Path.Combine(cache, "receiver-tools");
        return Path.Combine(tools, "usr", "bin", name);
    }
}
