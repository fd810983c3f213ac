namespace Tsdb.Labels.Regex;

/// <summary>Moves the set of instructions a text may be at by one symbol. Both the DFA's builder and the plain simulation run
/// on it.</summary>
/// <remarks>One thread at a time. A step costs at most one visit per instruction, whatever the pattern.</remarks>
internal sealed class NfaStepper
{
    private readonly NfaProgram _program;
    private readonly Alphabet _alphabet;
    private readonly Stack<int> _pending = new();
    private readonly InstructionSet _resolved;

    /// <summary>Steps through a program by the symbols of its alphabet.</summary>
    public NfaStepper(NfaProgram program, Alphabet alphabet)
    {
        _program = program;
        _alphabet = alphabet;
        _resolved = new InstructionSet(program.Code.Length);
    }

    /// <summary>Adds an instruction and all it leads to without consuming, assertions taken as false unless they are in the
    /// mask.</summary>
    public void Close(int instruction, Assertion holding, InstructionSet into)
    {
        _pending.Push(instruction);
        while (_pending.TryPop(out var at))
        {
            if (!into.Add(at)) continue;
            ref readonly var code = ref _program.Code[at];
            if (code.Operation == Operation.Split)
            {
                _pending.Push(code.Argument);
                _pending.Push(code.Next);
            }
            else if (code.Operation == Operation.Assert && (holding & (Assertion)code.Argument) != 0) _pending.Push(code.Next);
        }
    }

    /// <summary>Consumes one symbol: fills <paramref name="next"/> with where the text may be behind it.</summary>
    public void Step(ReadOnlySpan<int> current, Context context, int symbol, InstructionSet next)
    {
        next.Clear();
        var rune = _alphabet.Representative(symbol);
        foreach (var at in Resolve(current, context, rune))
        {
            ref readonly var code = ref _program.Code[at];
            if (code.Operation == Operation.Rune && _program.Classes[code.Argument].Contains(rune))
                Close(code.Next, Assertion.None, next);
        }
    }

    /// <summary>Whether a text that ends here matches.</summary>
    public bool MatchesAtEnd(ReadOnlySpan<int> current, Context context)
    {
        foreach (var at in Resolve(current, context, PatternReader.NoRune))
        {
            if (_program.Code[at].Operation == Operation.Match) return true;
        }
        return false;
    }

    /// <summary>What the next position remembers of a symbol, as far as the program asks.</summary>
    public Context After(int symbol) => Context.After(_alphabet.Representative(symbol), _program.Assertions);

    /// <summary>Follows the assertions that hold between the character before and the one ahead.</summary>
    private ReadOnlySpan<int> Resolve(ReadOnlySpan<int> current, Context context, int ahead)
    {
        if (_program.Assertions == Assertion.None) return current;
        var holding = context.Holding(ahead);
        _resolved.Clear();
        foreach (var at in current) Close(at, holding, _resolved);
        return _resolved.Members;
    }
}
