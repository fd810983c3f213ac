using System.Buffers;
using System.Text;

namespace Tsdb.Labels.Regex;

/// <summary>Groups code points that no part of a pattern tells apart; the automaton steps by group, called symbol, not by code
/// point.</summary>
/// <remarks>A byte that is not part of valid UTF-8 counts as U+FFFD and is one byte long, as in Go.</remarks>
internal sealed class Alphabet
{
    private readonly int[] _starts;
    private readonly int[] _symbols;
    private readonly int[] _representatives;

    /// <summary>Groups by a program's classes and by what its assertions look at.</summary>
    public Alphabet(NfaProgram program)
    {
        var edges = new SortedDictionary<int, UInt128> { [0] = 0 };
        for (var i = 0; i < program.Classes.Length; i++) AddEdges(edges, program.Classes[i], i);
        if ((program.Assertions & (Assertion.BeginLine | Assertion.EndLine)) != 0)
            AddEdges(edges, CharClass.NotNewline, program.Classes.Length);
        if ((program.Assertions & (Assertion.WordBoundary | Assertion.NoWordBoundary)) != 0)
            AddEdges(edges, AsciiClasses.WordClass, program.Classes.Length + 1);

        _starts = new int[edges.Count];
        _symbols = new int[edges.Count];
        var numbers = new Dictionary<UInt128, int>();
        var representatives = new List<int>();
        UInt128 signature = 0;
        var at = 0;
        foreach (var (start, change) in edges)
        {
            signature = unchecked(signature + change);
            if (!numbers.TryGetValue(signature, out var symbol))
            {
                symbol = numbers.Count;
                numbers.Add(signature, symbol);
                representatives.Add(start);
            }
            _starts[at] = start;
            _symbols[at++] = symbol;
        }
        _representatives = [.. representatives];
        for (var i = 0; i < Ascii.Length; i++) Ascii[i] = Find(i);
    }

    /// <summary>Number of symbols.</summary>
    public int Count => _representatives.Length;

    /// <summary>The symbol of each ASCII byte.</summary>
    public int[] Ascii { get; } = new int[128];

    /// <summary>Some code point of a symbol.</summary>
    public int Representative(int symbol) => _representatives[symbol];

    /// <summary>The symbol at an offset; moves the offset past it. ASCII is quicker looked up in <see cref="Ascii"/>.</summary>
    public int Next(ReadOnlySpan<byte> text, ref int offset)
    {
        if (text[offset] < 0x80) return Ascii[text[offset++]];
        if (Rune.DecodeFromUtf8(text[offset..], out var rune, out var length) == OperationStatus.Done)
        {
            offset += length;
            return Find(rune.Value);
        }
        offset++;
        return Find(CharClass.Replacement);
    }

    private int Find(int rune)
    {
        var at = Array.BinarySearch(_starts, rune);
        return _symbols[at >= 0 ? at : ~at - 1];
    }

    /// <summary>Marks where a set begins and ends with a number of its own, which the sweep above adds and takes away
    /// again.</summary>
    /// <remarks>Two stretches with the same sum lie in the same sets: the numbers are 128 bits of noise, so sums do not
    /// collide.</remarks>
    private static void AddEdges(SortedDictionary<int, UInt128> edges, CharClass set, int index)
    {
        var noise = new UInt128(Mix((ulong)index * 2), Mix(((ulong)index * 2) + 1));
        foreach (var (low, high) in set)
        {
            edges[low] = unchecked(edges.GetValueOrDefault(low) + noise);
            if (high < CharClass.MaxRune) edges[high + 1] = unchecked(edges.GetValueOrDefault(high + 1) - noise);
        }
    }

    /// <summary>The finaliser of splitmix64, whose constants spread every input bit over the output.</summary>
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
