using System.Text;

namespace Tsdb.Labels.Regex;

/// <summary>Lists the texts a tree matches, when they are few and known: foo|bar, (prod|dev)-(eu|us), [ab]1.</summary>
internal static class FiniteSet
{
    // A plain list of alternatives may be long, since dashboards join whole lists with |. Products stay small.
    private const int AlternativesMax = 1 << 16;
    private const int ProductMax = 256;
    private const int ClassMax = 16;

    /// <summary>The texts, UTF-8, ascending by bytes without repeats; null when they are endless, too many or depend on
    /// assertions.</summary>
    public static byte[][]? TryEnumerate(RegexNode tree)
    {
        var texts = Expand(tree);
        if (texts is null) return null;
        texts.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var kept = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            if (i == 0 || !texts[i].AsSpan().SequenceEqual(texts[kept - 1])) texts[kept++] = texts[i];
        }
        texts.RemoveRange(kept, texts.Count - kept);
        return [.. texts];
    }

    /// <summary>Appends the UTF-8 form of a class that is one code point; false when it is more, or matches stray bytes
    /// too.</summary>
    public static bool TryAppendLiteral(RegexNode node, List<byte> text)
    {
        if (node.Kind != NodeKind.Class || node.Class.Count != 1 || !IsPlain(node.Class.First)) return false;
        Append(node.Class.First, text);
        return true;
    }

    private static List<byte[]>? Expand(RegexNode node)
    {
        switch (node.Kind)
        {
            case NodeKind.Empty:
                return [[]];
            case NodeKind.Class:
                return ExpandClass(node.Class);
            case NodeKind.Concat:
                return ExpandConcat(node.Children);
            case NodeKind.Alternate:
                return ExpandAlternate(node.Children);
            case NodeKind.Repeat when node.Min == 0 && node.Max == 1:
                var texts = Expand(node.Children[0]);
                texts?.Add([]);
                return texts;
            default:
                return null;
        }
    }

    private static List<byte[]>? ExpandClass(CharClass set)
    {
        if (set.Count > ClassMax) return null;
        var texts = new List<byte[]>(set.Count);
        foreach (var (low, high) in set)
        {
            for (var rune = low; rune <= high; rune++)
            {
                if (!IsPlain(rune)) return null;
                var text = new List<byte>();
                Append(rune, text);
                texts.Add([.. text]);
            }
        }
        return texts;
    }

    private static List<byte[]>? ExpandAlternate(RegexNode[] children)
    {
        var texts = new List<byte[]>(children.Length);
        foreach (var child in children)
        {
            var more = Expand(child);
            if (more is null || texts.Count + more.Count > AlternativesMax) return null;
            texts.AddRange(more);
        }
        return texts;
    }

    private static List<byte[]>? ExpandConcat(RegexNode[] children)
    {
        List<byte[]> texts = [[]];
        var run = new List<byte>(); // Literals in a row are joined first: one product instead of one per character.
        foreach (var child in children)
        {
            if (TryAppendLiteral(child, run)) continue;
            texts = Product(texts, [[.. run]]);
            run.Clear();
            var more = Expand(child);
            if (more is null || ((long)texts.Count * more.Count > ProductMax && texts.Count != 1 && more.Count != 1)) return null;
            texts = Product(texts, more);
        }
        return Product(texts, [[.. run]]);
    }

    private static List<byte[]> Product(List<byte[]> heads, List<byte[]> tails)
    {
        var texts = new List<byte[]>(heads.Count * tails.Count);
        foreach (var head in heads)
        {
            foreach (var tail in tails) texts.Add([.. head, .. tail]);
        }
        return texts;
    }

    /// <summary>False for U+FFFD, which also matches bytes that are not UTF-8, and for surrogates, which match nothing.</summary>
    private static bool IsPlain(int rune) => rune != CharClass.Replacement && Rune.IsValid(rune);

    private static void Append(int rune, List<byte> text)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var length = new Rune(rune).EncodeToUtf8(utf8);
        foreach (var unit in utf8[..length]) text.Add(unit);
    }
}
