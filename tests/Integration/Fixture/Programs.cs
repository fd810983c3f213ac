namespace Integration.Fixture;

/// <summary>Finds the real programs that tests talk to.</summary>
internal static class Programs
{
    /// <summary>The repository's root folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The program that was built together with these tests.</summary>
    public static string Receiver { get; } =
        Path.Combine(Root, "src", "Receiver", "bin", Configuration(), "net10.0", "receiver");

    /// <summary>Skips the calling test (a skippable one) when a program is missing, saying what to install; fails it in
    /// CI.</summary>
    public static void Require(string package, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!IsInstalled(name)) Miss($"{name} is not installed: apt-get install -y --no-install-recommends {package}");
        }
    }

    /// <summary>Whether a program lies on the PATH.</summary>
    public static bool IsInstalled(string name)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, name))) return true;
        }
        return false;
    }

    /// <summary>Skips the calling test aloud; with CI=true what is missing is a failure.</summary>
    public static void Miss(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Skip.If(true, reason);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Receiver.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No Receiver.sln above {AppContext.BaseDirectory}.");
    }

    // bin/Release/net10.0/ of the tests: the receiver of the same configuration was built as their dependency.
    private static string Configuration() =>
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name;
}
