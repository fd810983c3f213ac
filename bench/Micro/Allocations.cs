using System.Globalization;
using BenchmarkDotNet.Reports;

namespace Micro;

/// <summary>Compares the bytes that benchmarks allocate per operation with those that are agreed on.</summary>
internal static class Allocations
{
    /// <summary>Prints every difference.</summary>
    /// <param name="summaries">What was run.</param>
    /// <param name="expectedPath">Lines of "Type.Method bytes"; a benchmark without a line must not allocate.</param>
    /// <param name="output">Where differences go.</param>
    /// <returns>Whether nothing allocated more than agreed.</returns>
    public static bool Compare(IEnumerable<Summary> summaries, string expectedPath, TextWriter output)
    {
        var expected = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(expectedPath))
        {
            if (line.Split(' ') is [var name, var bytes]) expected[name] = long.Parse(bytes, CultureInfo.InvariantCulture);
        }
        var isKept = true;
        foreach (var summary in summaries)
        {
            foreach (var report in summary.Reports)
            {
                var method = report.BenchmarkCase.Descriptor;
                var name = $"{method.Type.Name}.{method.WorkloadMethod.Name}";
                var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
                if (bytes <= expected.GetValueOrDefault(name)) continue;
                isKept = false;
                var agreed = expected.GetValueOrDefault(name);
                output.WriteLine($"{name} allocates {bytes} bytes an operation, {agreed} are agreed on");
            }
        }
        return isKept;
    }
}
