using System.Reflection;
using System.Runtime.InteropServices;

namespace Receiver.Telemetry;

/// <summary>Which build this is; shown by --version, the status page, the Info service and <c>thanos_build_info</c>.</summary>
public static class BuildInfo
{
    /// <summary>Version, for example <c>1.0.0</c>.</summary>
    public static string Version { get; } = Split().Version;

    /// <summary>Source revision the build was made from; <c>unknown</c> outside a checkout.</summary>
    public static string Revision { get; } = Split().Revision;

    /// <summary>One line for people.</summary>
    public static string Line =>
        $"receiver, version {Version} (revision: {Revision}, {RuntimeInformation.FrameworkDescription}, {Platform})";

    /// <summary>Operating system and architecture in upstream's spelling, such as <c>linux/amd64</c>.</summary>
    public static string Platform => $"{Os}/{Architecture}";

    private static string Os => OperatingSystem.IsLinux() ? "linux" : Environment.OSVersion.Platform.ToString();

    private static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        var other => other.ToString().ToUpperInvariant() switch { "ARM64" => "arm64", var name => name },
    };

    /// <summary>Adds <c>thanos_build_info</c>, which dashboards join on; <c>goversion</c> names our runtime instead.</summary>
    public static void Register(MetricRegistry registry) => registry
        .CreateGauge(
            "thanos_build_info",
            "A metric with a constant '1' value labeled by version, revision, branch, runtime, platform and tags of this build.",
            "branch",
            "goarch",
            "goos",
            "goversion",
            "revision",
            "tags",
            "version")
        .WithLabels("", Architecture, Os, $"dotnet{Environment.Version}", Revision, "receiver", Version)
        .Set(1);

    private static (string Version, string Revision) Split()
    {
        var text = typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "";
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (text, "unknown") : (text[..plus], text[(plus + 1)..]);
    }
}
