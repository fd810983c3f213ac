using System.Text.RegularExpressions;

namespace Tidy.Tests;

/// <summary>Limits and bans on source files: what a machine can check is not discussed by people.</summary>
public partial class SourceRulesTests
{
    private const int FileLinesMax = 600;
    private const int TestFileLinesMax = 800;
    private const int FunctionLinesMax = 70;
    private const int LineColumnsMax = 130;
    private const int MedianLinesMax = 120;

    [Fact]
    public void SourceFiles_Length_IsLimited()
    {
        var broken = new List<string>();
        foreach (var file in Repository.Files)
        {
            if (!file.EndsWith(".cs", StringComparison.Ordinal)) continue;
            var lines = Repository.Lines(file);
            var max = file.StartsWith("tests/", StringComparison.Ordinal) ? TestFileLinesMax : FileLinesMax;
            if (lines.Length > max) broken.Add($"{file}: {lines.Length} lines, at most {max}");
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].Length > LineColumnsMax) broken.Add(
                    $"{file}:{i + 1}: {lines[i].Length} columns, at most {LineColumnsMax}");
            }
        }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void SourceFiles_MedianLength_IsSmall()
    {
        var lengths = new List<int>();
        foreach (var file in Repository.Below("src/", ".cs")) lengths.Add(Repository.Lines(file).Length);
        lengths.Sort();
        Assert.True(lengths.Count > 0
            && lengths[lengths.Count / 2] < MedianLinesMax, $"the median file has {lengths[lengths.Count / 2]} lines");
    }

    [Fact]
    public void Functions_Length_IsLimited()
    {
        var broken = new List<string>();
        foreach (var folder in (string[])["src/", "bench/"])
        {
            foreach (var file in Repository.Below(folder, ".cs"))
            {
                foreach (var (name, line, length) in Functions.In(Repository.Lines(file)))
                {
                    if (length > FunctionLinesMax) broken.Add(
                        $"{file}:{line}: {name} has {length} lines, at most {FunctionLinesMax}");
                }
            }
        }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Theory]
    [InlineData("src/Tsdb/", "using System.Linq;")]
    [InlineData("src/Hashring/", "using System.Linq;")]
    [InlineData("src/", "NotImplementedException")]
    [InlineData("src/", "TODO")]
    [InlineData("src/", "FIXME")]
    [InlineData("src/", "HACK")]
    [InlineData("tests/", "Thread.Sleep(")]
    public void SourceFiles_Banned_DoNotOccur(string folder, string text)
    {
        var found = new List<string>();
        foreach (var file in Repository.Below(folder, ".cs"))
        {
            if (file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal)) continue;
            var lines = Repository.Lines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].Contains(text, StringComparison.Ordinal)) found.Add($"{file}:{i + 1}: {text}");
            }
        }
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public void UnsafeCode_OutsideMemory_DoesNotOccur()
    {
        var found = new List<string>();
        foreach (var file in Repository.Below("src/", ".cs"))
        {
            if (file.StartsWith("src/Tsdb/Memory/", StringComparison.Ordinal)) continue;
            if (UnsafeKeyword().IsMatch(Repository.Text(file))) found.Add(file);
        }
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public void Namespaces_FollowFolders()
    {
        var broken = new List<string>();
        foreach (var file in Repository.Below("src/", ".cs"))
        {
            var declared = NamespaceDeclaration().Match(Repository.Text(file));
            if (!declared.Success) continue; // Top-level statements.
            var expected = Path.GetDirectoryName(file)!["src/".Length..].Replace('/', '.');
            if (declared.Groups[1].Value != expected) broken.Add(
                $"{file}: namespace {declared.Groups[1].Value}, expected {expected}");
        }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [GeneratedRegex(@"^[^/]*\bunsafe\b", RegexOptions.Multiline)]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();
}
