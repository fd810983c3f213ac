using System.Text.RegularExpressions;

namespace Receiver.Options;

/// <summary>A configuration given as a file or as text, with $(NAME) replaced by the environment's values.</summary>
/// <remarks>Source: efficientgo extkingpin, pathorcontent.go.</remarks>
internal sealed partial class PathOrContent(FlagValues flags, Func<string, string?> environment)
{
    /// <summary>The content of a pair of flags; empty when neither was given.</summary>
    /// <param name="name">Name of the inline flag; the file flag's ends in -file.</param>
    /// <param name="problems">Where to say what is wrong.</param>
    public string Read(string name, List<string> problems)
    {
        var (path, content) = (flags.Text(name + "-file"), flags.Text(name));
        if (path.Length > 0 && content.Length > 0)
        {
            problems.Add($"both {name}-file and {name} flags set.");
            return "";
        }
        if (path.Length > 0)
        {
            try { content = File.ReadAllText(path); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add($"loading file {path} for {name}-file: {FileText.Describe("open", path, e)}");
                return "";
            }
        }
        return Substitute(name, content, problems);
    }

    private string Substitute(string name, string content, List<string> problems) => Reference().Replace(content, match =>
    {
        var variable = match.Groups[1].Value;
        if (environment(variable) is { } value) return value;
        problems.Add($"--{name}: found reference to unset environment variable \"{variable}\"");
        return "";
    });

    [GeneratedRegex(@"\$\(([a-zA-Z_0-9]+)\)")]
    private static partial Regex Reference();
}
