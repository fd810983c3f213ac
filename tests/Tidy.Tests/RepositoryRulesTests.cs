using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Tidy.Tests;

/// <summary>Rules about the repository as a whole.</summary>
public partial class RepositoryRulesTests
{
    /// <summary>Who may use whom; Receiver is the only place where two parts meet.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["src/Tsdb/Tsdb.csproj"] = [],
        ["src/Hashring/Hashring.csproj"] = [],
        ["src/ObjStore/ObjStore.csproj"] = [],
        ["src/Receiver/Receiver.csproj"] = ["Tsdb", "Hashring", "ObjStore"],
    };

    [Fact]
    public void ProjectReferences_GoOnlyInTheAllowedDirection()
    {
        foreach (var (project, allowed) in Allowed)
        {
            foreach (var reference in XDocument.Parse(Repository.Text(project)).Descendants("ProjectReference"))
            {
                var name = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'));
                Assert.True(Array.IndexOf(allowed, name) >= 0, $"{project} must not use {name}");
            }
        }
    }

    [Fact]
    public void Decisions_AreNumberedOnce_AndShort()
    {
        var seen = new Dictionary<string, string>();
        foreach (var file in Repository.Below("docs/decisions/", ".md"))
        {
            var name = Path.GetFileName(file);
            Assert.Matches(@"^\d{4}-[a-z0-9-]+\.md$", name);
            Assert.True(seen.TryAdd(name[..4], name), $"number {name[..4]} is used by {name} and another");
            var lines = Repository.Lines(file);
            Assert.True(lines.Length <= 40, $"{file} has {lines.Length} lines, at most 40");
            Assert.StartsWith($"# {name[..4]} ", lines[0], StringComparison.Ordinal);
        }
        Assert.NotEmpty(seen);
    }

    [Fact]
    public void Packages_EachHaveADecision()
    {
        var decisions = new List<string>();
        foreach (var file in Repository.Below("docs/decisions/", ".md")) decisions.Add(Repository.Text(file));
        var missing = new List<string>();
        foreach (var package in XDocument.Parse(Repository.Text("Directory.Packages.props")).Descendants("PackageVersion"))
        {
            var name = package.Attribute("Include")!.Value;
            if (!decisions.Exists(text => text.Contains(name, StringComparison.OrdinalIgnoreCase))) missing.Add(name);
        }
        Assert.True(missing.Count == 0, "no decision names: " + string.Join(", ", missing));
    }

    [Fact]
    public void LogEventIds_AreUnique()
    {
        var seen = new Dictionary<int, string>();
        var broken = new List<string>();
        foreach (var file in Repository.Below("src/", ".cs"))
        {
            foreach (Match match in LogMessage().Matches(Repository.Text(file)))
            {
                var id = int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
                if (!seen.TryAdd(id, file)) broken.Add($"event id {id}: {file} and {seen[id]}");
            }
        }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Texts_NameNoMachine()
    {
        var found = new List<string>();
        foreach (var file in Repository.Files)
        {
            if (file.EndsWith("packages.lock.json", StringComparison.Ordinal)
                || file.StartsWith("tests/golden/", StringComparison.Ordinal)) continue;
            if (file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal)) continue;
            var lines = Repository.Lines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (MachinePath().IsMatch(lines[i])) found.Add($"{file}:{i + 1}: {lines[i].Trim()}");
            }
        }
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [GeneratedRegex(@"LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"(^|[^A-Za-z0-9_.])/(work|farm|root)/")]
    private static partial Regex MachinePath();
}
