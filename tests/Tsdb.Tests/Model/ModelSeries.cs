using System.Text;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Model;

/// <summary>The series of a model run: a number stands for one set of labels, so that steps stay short to read.</summary>
internal static class ModelSeries
{
    private static readonly string[] Environments = ["", "prod", "dev", "PROD"];
    private static readonly string[] Zones = ["é\u4e2d", "a \"quoted\" \\ and\nbroken", "", "", ""];
    private static readonly Dictionary<int, LabelSet> Known = [];

    /// <summary>More than any number in use.</summary>
    public const int Max = 2000;

    /// <summary>Names that a query may ask for: those that exist, and one that does not.</summary>
    public static IReadOnlyList<string> Names { get; } = ["__name__", "env", "inst", "zone", "missing"];

    /// <summary>The labels of a series, one value empty or another now and then: such a label is absent.</summary>
    public static LabelSet Labels(int id)
    {
        lock (Known)
        {
            if (!Known.TryGetValue(id, out var labels)) Known.Add(id, labels = LabelSet.FromStrings([.. Pairs(id)]));
            return labels;
        }
    }

    /// <summary>The number of a series.</summary>
    public static int Id(LabelSet labels) =>
        int.Parse(Encoding.UTF8.GetString(labels.Find("inst"u8))[1..], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The hash a sender's bytes of this series have: of the sorted labels, or of another order of the same.</summary>
    public static KeyHash Key(int id, bool isOtherSpelling)
    {
        if (!isOtherSpelling) return KeyedHash.Compute(Labels(id).Encoded);
        using var buffer = new ByteBuffer();
        var pairs = Pairs(id);
        buffer.WriteUvarint((ulong)pairs.Count);
        pairs.Reverse();
        foreach (var (name, value) in pairs)
        {
            buffer.WriteString(Encoding.UTF8.GetBytes(name));
            buffer.WriteString(Encoding.UTF8.GetBytes(value));
        }
        return KeyedHash.Compute(buffer.Written);
    }

    /// <summary>The value of one label; empty when the series does not have it.</summary>
    public static string Value(int id, string name)
    {
        foreach (var pair in Pairs(id))
        {
            if (pair.Name == name) return pair.Value;
        }
        return "";
    }

    /// <summary>The labels that are there.</summary>
    public static List<(string Name, string Value)> Pairs(int id)
    {
        List<(string, string)> pairs = [];
        Add("__name__", id % 7 == 6 ? "" : $"m{id % 3}");
        Add("env", Environments[id % Environments.Length]);
        Add("inst", $"i{id}");
        Add("zone", Zones[id % Zones.Length]);
        return pairs;

        void Add(string name, string value)
        {
            if (value.Length > 0) pairs.Add((name, value));
        }
    }
}
