using System.Globalization;
using System.Text;

namespace Tsdb.Tests.Model;

/// <summary>A seed's options and steps, or what shrinking left of them.</summary>
internal sealed record ModelCase(int Seed, RunOptions Options, IReadOnlyList<Step> Steps)
{
    /// <summary>The case as one would write it by hand.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"seed {Seed}: {Options}\n");
        for (var i = 0; i < Steps.Count; i++) text.Append(CultureInfo.InvariantCulture, $"  {i + 1,3}. {Steps[i]};\n");
        return text.ToString();
    }
}
