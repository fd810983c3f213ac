namespace Tsdb.Labels.Regex;

/// <summary>Parses RE2 syntax, Perl flavour, into a <see cref="RegexNode"/>.</summary>
/// <remarks>
/// Works off a stack of open groups instead of recursing, so that no pattern overflows the thread's stack. What is accepted,
/// what is
/// refused and in which order errors are found follows the Go package regexp/syntax.
/// </remarks>
internal ref partial struct RegexParser
{
    // Limits of Go's parser: levels of the tree, counted repetitions multiplied along the way down, and instructions: 128 MiB /
    // 40 bytes.
    private const int HeightMax = 1000;
    private const int RepeatMax = 1000;
    private const long SizeMax = (128 << 20) / 40;

    private readonly Stack<Group> _open = new();
    private PatternReader _reader;
    private Group _group = new();
    private bool _isMultiLine;
    private bool _dotIsAny;

    private RegexParser(ReadOnlySpan<byte> pattern, bool dotIsAny)
    {
        _reader = new PatternReader(pattern);
        _dotIsAny = dotIsAny;
    }

    /// <summary>Parses a pattern.</summary>
    /// <param name="pattern">UTF-8 text.</param>
    /// <param name="dotIsAny">Whether a dot matches a line feed too, until flags say otherwise.</param>
    /// <param name="error">The text of Go's error, one line, when null is returned.</param>
    public static RegexNode? Parse(ReadOnlySpan<byte> pattern, bool dotIsAny, out string error)
    {
        var parser = new RegexParser(pattern, dotIsAny);
        var tree = parser.ParseAll();
        error = parser._reader.Error ?? "";
        return parser._reader.Error is null ? tree : null;
    }

    private RegexNode ParseAll()
    {
        var repeatStart = -1; // Where the repetition just read began, since two in a row are refused.
        while (!_reader.AtEnd)
        {
            var start = _reader.Position;
            var isRepeat = ReadToken(repeatStart);
            repeatStart = isRepeat ? start : -1;
        }
        if (_open.Count > 0) FailWhole("missing closing )");
        return _reader.Error is null ? CloseAlternatives() : RegexNode.Empty;
    }

    /// <summary>Reads one token and adds it to the group at hand; true when it was a repetition.</summary>
    private bool ReadToken(int repeatStart)
    {
        switch (_reader.Peek())
        {
            case (byte)'(':
                OpenGroup();
                return false;
            case (byte)')':
                CloseGroup();
                return false;
            case (byte)'|':
                _reader.Position++;
                _group.Alternatives.Add(Checked(RegexNode.Concat(_group.Parts)));
                _group.Parts.Clear();
                return false;
            case (byte)'^':
                AddAssertion(_isMultiLine ? Assertion.BeginLine : Assertion.BeginText, 1);
                return false;
            case (byte)'$':
                AddAssertion(_isMultiLine ? Assertion.EndLine : Assertion.EndText, 1);
                return false;
            case (byte)'.':
                _reader.Position++;
                _group.Parts.Add(RegexNode.Of(_dotIsAny ? CharClass.Any : CharClass.NotNewline));
                return false;
            case (byte)'[':
                _group.Parts.Add(RegexNode.Of(_reader.ReadBrackets()));
                return false;
            case (byte)'*':
                return ReadRepeat(0, RegexNode.Unbounded, counted: false, 1, repeatStart);
            case (byte)'+':
                return ReadRepeat(1, RegexNode.Unbounded, counted: false, 1, repeatStart);
            case (byte)'?':
                return ReadRepeat(0, 1, counted: false, 1, repeatStart);
            case (byte)'{':
                return ReadCounted(repeatStart);
            case (byte)'\\':
                ReadBackslash();
                return false;
            default:
                AddLiteral(_reader.ReadRune());
                return false;
        }
    }

    private void AddAssertion(Assertion assertion, int length)
    {
        _reader.Position += length;
        _group.Parts.Add(RegexNode.Of(assertion));
    }

    private void AddLiteral(int rune)
    {
        if (_reader.Error is not null) return;
        var builder = new CharClassBuilder();
        if (_reader.IgnoresCase) builder.AddFolded(rune, rune);
        else builder.Add(rune, rune);
        _group.Parts.Add(RegexNode.Of(builder.Build()));
    }

    private void ReadBackslash()
    {
        switch (_reader.Peek(1))
        {
            case (byte)'A':
                AddAssertion(Assertion.BeginText, 2);
                return;
            case (byte)'z':
                AddAssertion(Assertion.EndText, 2);
                return;
            case (byte)'b':
                AddAssertion(Assertion.WordBoundary, 2);
                return;
            case (byte)'B':
                AddAssertion(Assertion.NoWordBoundary, 2);
                return;
            case (byte)'Q':
                ReadQuoted();
                return;
        }
        var builder = new CharClassBuilder();
        if (_reader.TryReadGroup(builder)) _group.Parts.Add(RegexNode.Of(builder.Build()));
        else AddLiteral(_reader.ReadEscape());
    }

    /// <summary>Reads \Q…\E, whose end may be missing.</summary>
    private void ReadQuoted()
    {
        _reader.Position += 2;
        var length = _reader.Rest.IndexOf("\\E"u8);
        var end = length < 0 ? _reader.Pattern.Length : _reader.Position + length;
        while (_reader.Position < end && _reader.Error is null) AddLiteral(_reader.ReadRune());
        if (length >= 0) _reader.Position += 2;
    }

    private void FailWhole(string phrase) => _reader.Fail(phrase, 0, _reader.Pattern.Length);

    /// <summary>Passes a node on after holding it against the limits on the whole tree.</summary>
    private RegexNode Checked(RegexNode node)
    {
        if (node.Height > HeightMax) FailWhole("expression nests too deeply");
        else if (node.Size > SizeMax) FailWhole("expression too large");
        return node;
    }

    /// <summary>A group being read: alternatives that are complete, and the parts of the one being read.</summary>
    private sealed class Group
    {
        public List<RegexNode> Alternatives { get; } = [];

        public List<RegexNode> Parts { get; } = [];

        /// <summary>Flags to return to behind the group.</summary>
        public (bool IgnoresCase, bool IsMultiLine, bool DotIsAny) Flags { get; init; }

        public bool IsCapture { get; init; }
    }
}
