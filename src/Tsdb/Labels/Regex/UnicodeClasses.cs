using System.Globalization;
using System.Text;

namespace Tsdb.Labels.Regex;

/// <summary>Sets behind \p{…}: general categories (L, Lu, …), scripts (Greek, Han, …) and Any.</summary>
/// <remarks>
/// Categories come from the runtime's tables, scripts from the embedded Scripts.txt (Unicode 15.0), because the runtime has none.
/// Names are exact: no aliases, no Is prefix, no other spelling, as RE2 wants it.
/// </remarks>
internal static class UnicodeClasses
{
    // In the order of System.Globalization.UnicodeCategory.
    private static readonly string[] CategoryNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
        "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    // Built on first use: a walk over all 1,114,112 code points, some 10 ms, that most processes never need.
    private static readonly Lazy<Dictionary<string, CharClass>> Tables = new(Build);

    /// <summary>The set of a name; false when there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out CharClass set)
    {
        set = CharClass.Any;
        return name.SequenceEqual("Any"u8) || Tables.Value.TryGetValue(Encoding.UTF8.GetString(name), out set!);
    }

    private static Dictionary<string, CharClass> Build()
    {
        var tables = new Dictionary<string, CharClass>();
        AddScripts(tables);
        AddCategories(tables);
        return tables;
    }

    private static void AddCategories(Dictionary<string, CharClass> tables)
    {
        var builders = new SortedDictionary<string, CharClassBuilder>(StringComparer.Ordinal) { ["LC"] = new() };
        foreach (var name in CategoryNames)
        {
            builders[name] = new CharClassBuilder();
            builders.TryAdd(name[..1], new CharClassBuilder());
        }
        var start = 0;
        while (start <= CharClass.MaxRune)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(start);
            var end = start;
            while (end < CharClass.MaxRune && CharUnicodeInfo.GetUnicodeCategory(end + 1) == category) end++;
            var name = CategoryNames[(int)category];
            builders[name].Add(start, end);
            builders[name[..1]].Add(start, end);
            if (name is "Lu" or "Ll" or "Lt") builders["LC"].Add(start, end); // Cased letters.
            start = end + 1;
        }
        foreach (var (name, builder) in builders) tables[name] = builder.Build();
    }

    private static void AddScripts(Dictionary<string, CharClass> tables)
    {
        using var stream = typeof(UnicodeClasses).Assembly.GetManifestResourceStream(typeof(UnicodeClasses), "Scripts.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var words = line.Split(' ');
            var builder = new CharClassBuilder();
            foreach (var range in words.AsSpan(1))
            {
                var dash = range.IndexOf('-', StringComparison.Ordinal);
                var low = ParseHex(dash < 0 ? range : range.AsSpan(0, dash));
                builder.Add(low, ParseHex(range.AsSpan(dash + 1)));
            }
            tables[words[0]] = builder.Build();
        }
    }

    private static int ParseHex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
