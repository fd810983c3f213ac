namespace Tsdb.Labels.Regex;

/// <summary>A deterministic automaton that is built as texts ask for it: a table lookup per character once warm.</summary>
/// <remarks>
/// The table is bounded; a text that needs a state beyond the bound is finished by simulating the program, so time stays linear
/// in the
/// text (times the pattern at worst) and memory stays bounded. Any number of threads may match: readers take no lock, and a cell
/// is written once, after the state it leads to is complete.
/// </remarks>
internal sealed class LazyDfa
{
    // 2^18 cells of four bytes: 1 MiB for the table, as much again for the states behind it.
    private const int CellsMax = 1 << 18;

    // A cell is unknown, or says no or yes at the end, or holds the next state's row: its first cell's index.
    private const int Unknown = 0;
    private const int Reject = 1;
    private const int Accept = 2;

    private readonly NfaProgram _program;
    private readonly Alphabet _alphabet;
    private readonly int _stride;
    private readonly int _deadRow;
    private readonly int _startRow;

    // Guards everything that builds: the states, the stepper's scratch space and growth of the table.
    private readonly Lock _building = new();
    private readonly NfaStepper _stepper;
    private readonly InstructionSet _scratch;
    private readonly Dictionary<DfaState, int> _rows = [];
    private readonly List<DfaState> _states = [];
    private int _membersLeft = CellsMax;
    private volatile int[] _table;

    // A simulator at rest, to be taken by the next text that needs one.
    private NfaSimulator? _idle;

    /// <summary>Prepares for a program; states come later.</summary>
    public LazyDfa(NfaProgram program)
    {
        _program = program;
        _alphabet = new Alphabet(program);
        _stride = _alphabet.Count + 1; // The last column is the end of the text.
        _stepper = new NfaStepper(program, _alphabet);
        _scratch = new InstructionSet(program.Code.Length);
        _table = new int[_stride * 4];
        // Row 0 is never a state: its number means "unknown" in a cell. Row 1 is the dead state.
        _states.Add(DfaState.Dead);
        _deadRow = AddState(DfaState.Dead);
        _stepper.Close(program.Start, Assertion.None, _scratch);
        _startRow = AddState(DfaState.Of(_scratch.Members, Context.Start, program));
    }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        var table = _table;
        var ascii = _alphabet.Ascii;
        var row = _startRow;
        var at = 0;
        while (at < text.Length)
        {
            var before = at;
            var symbol = text[at] < 0x80 ? ascii[text[at++]] : _alphabet.Next(text, ref at);
            var next = table[row + symbol];
            if (next <= _deadRow)
            {
                if (next == Unknown) next = Build(row, symbol);
                if (next == Unknown) return Simulate(row, text[before..]);
                if (next == _deadRow) return false;
                table = _table; // It may have grown, and the row may lie in the new part.
            }
            row = next;
        }
        var verdict = table[row + _alphabet.Count];
        if (verdict == Unknown) verdict = BuildEnd(row);
        return verdict == Accept;
    }

    /// <summary>Fills a cell; <see cref="Unknown"/> when the bound forbids another state.</summary>
    private int Build(int row, int symbol)
    {
        lock (_building)
        {
            ref var cell = ref _table[row + symbol];
            if (cell != Unknown) return cell;
            var state = _states[row / _stride];
            _stepper.Step(state.Members, state.Context, symbol, _scratch);
            var next = _scratch.Count == 0 ? DfaState.Dead : DfaState.Of(_scratch.Members, _stepper.After(symbol), _program);
            var nextRow = _rows.TryGetValue(next, out var known) ? known : AddState(next);
            if (nextRow != Unknown) Volatile.Write(ref _table[row + symbol], nextRow);
            return nextRow;
        }
    }

    private int BuildEnd(int row)
    {
        lock (_building)
        {
            var state = _states[row / _stride];
            var verdict = _stepper.MatchesAtEnd(state.Members, state.Context) ? Accept : Reject;
            Volatile.Write(ref _table[row + _alphabet.Count], verdict);
            return verdict;
        }
    }

    private int AddState(DfaState state)
    {
        var row = _states.Count * _stride;
        // The three rows of the constructor are always granted, even to an alphabet wider than the bound.
        if (_states.Count > 2 && (row + _stride > CellsMax || state.Members.Length > _membersLeft)) return Unknown;
        if (row + _stride > _table.Length)
        {
            var grown = new int[Math.Max(_table.Length * 2, row + _stride)];
            _table.CopyTo(grown, 0);
            _table = grown;
        }
        _membersLeft -= state.Members.Length;
        _rows.TryAdd(state, row);
        _states.Add(state);
        return row;
    }

    private bool Simulate(int row, ReadOnlySpan<byte> rest)
    {
        DfaState state;
        lock (_building) state = _states[row / _stride];
        var simulator = Interlocked.Exchange(ref _idle, null) ?? new NfaSimulator(_program, _alphabet);
        var isMatch = simulator.IsMatch(state.Members, state.Context, rest);
        Volatile.Write(ref _idle, simulator);
        return isMatch;
    }
}
