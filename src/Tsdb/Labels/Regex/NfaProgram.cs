namespace Tsdb.Labels.Regex;

/// <summary>What an <see cref="Instruction"/> does.</summary>
internal enum Operation : byte
{
    /// <summary>The text matches if it ends here.</summary>
    Match,

    /// <summary>Consumes a code point of the class numbered <see cref="Instruction.Argument"/>.</summary>
    Rune,

    /// <summary>Goes on at both <see cref="Instruction.Next"/> and <see cref="Instruction.Argument"/>.</summary>
    Split,

    /// <summary>Goes on if the <see cref="Assertion"/> in <see cref="Instruction.Argument"/> holds.</summary>
    Assert,
}

/// <summary>One step of a program: an operation, where it leads, and its operand.</summary>
internal readonly record struct Instruction(Operation Operation, int Next, int Argument);

/// <summary>A non-deterministic automaton for a pattern that has to match the whole text.</summary>
/// <param name="Code">Instructions; each addresses others by index.</param>
/// <param name="Start">Index of the first instruction.</param>
/// <param name="Classes">The distinct sets that <see cref="Operation.Rune"/> refers to.</param>
/// <param name="Assertions">Every assertion that occurs.</param>
internal sealed record NfaProgram(Instruction[] Code, int Start, CharClass[] Classes, Assertion Assertions)
{
    /// <summary>Compiles a tree.</summary>
    public static NfaProgram Compile(RegexNode tree)
    {
        var compiler = new Compiler();
        var match = compiler.Add(Operation.Match, 0, 0);
        var start = compiler.Compile(tree, match);
        return new NfaProgram([.. compiler.Code], start, [.. compiler.Classes], compiler.Assertions);
    }

    /// <summary>Compiles back to front: every node is told where to go on, so no instruction needs patching but loops.</summary>
    /// <remarks>Recursion is bounded by the parser's limit on the height of a tree.</remarks>
    private sealed class Compiler
    {
        private readonly Dictionary<CharClass, int> _known = new(ClassComparer.Instance);

        public List<Instruction> Code { get; } = [];

        public List<CharClass> Classes { get; } = [];

        public Assertion Assertions { get; private set; }

        public int Add(Operation operation, int next, int argument)
        {
            Code.Add(new Instruction(operation, next, argument));
            return Code.Count - 1;
        }

        /// <summary>Emits a node that goes on at <paramref name="next"/>; returns where to enter it.</summary>
        public int Compile(RegexNode node, int next)
        {
            switch (node.Kind)
            {
                case NodeKind.Class:
                    return Add(Operation.Rune, next, Number(node.Class));
                case NodeKind.Assertion:
                    Assertions |= node.Assertion;
                    return Add(Operation.Assert, next, (int)node.Assertion);
                case NodeKind.Concat:
                    for (var i = node.Children.Length - 1; i >= 0; i--) next = Compile(node.Children[i], next);
                    return next;
                case NodeKind.Alternate:
                    var entry = Compile(node.Children[^1], next);
                    for (var i = node.Children.Length - 2; i >= 0; i--)
                        entry = Add(Operation.Split, Compile(node.Children[i], next), entry);
                    return entry;
                case NodeKind.Repeat:
                    return CompileRepeat(node, next);
                default:
                    return next;
            }
        }

        private int CompileRepeat(RegexNode node, int next)
        {
            var child = node.Children[0];
            var copies = node.Min;
            if (node.Max == RegexNode.Unbounded)
            {
                var split = Add(Operation.Split, next, next);
                var body = Compile(child, split);
                Code[split] = new Instruction(Operation.Split, body, next);
                // x+ enters at the body; x* at the split. Of x{n,} the last copy is the looping body.
                next = copies > 0 ? body : split;
                copies--;
            }
            else
            {
                var end = next;
                for (var i = node.Min; i < node.Max; i++) next = Add(Operation.Split, Compile(child, next), end);
            }
            for (; copies > 0; copies--) next = Compile(child, next);
            return next;
        }

        private int Number(CharClass set)
        {
            if (_known.TryGetValue(set, out var number)) return number;
            _known.Add(set, Classes.Count);
            Classes.Add(set);
            return Classes.Count - 1;
        }
    }

    private sealed class ClassComparer : IEqualityComparer<CharClass>
    {
        public static ClassComparer Instance { get; } = new();

        public bool Equals(CharClass? x, CharClass? y) => ReferenceEquals(x, y) || x!.Bounds.SequenceEqual(y!.Bounds);

        public int GetHashCode(CharClass obj)
        {
            var hash = new HashCode();
            foreach (var bound in obj.Bounds) hash.Add(bound);
            return hash.ToHashCode();
        }
    }
}
