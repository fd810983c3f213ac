namespace Tsdb.Labels.Regex;

/// <summary>Runs a program without a table: slower, but in memory proportional to the program alone.</summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class NfaSimulator(NfaProgram program, Alphabet alphabet)
{
    private readonly NfaStepper _stepper = new(program, alphabet);
    private InstructionSet _current = new(program.Code.Length);
    private InstructionSet _next = new(program.Code.Length);

    /// <summary>Whether the rest of a text matches from a given state on.</summary>
    public bool IsMatch(ReadOnlySpan<int> members, Context context, ReadOnlySpan<byte> rest)
    {
        _current.Clear();
        foreach (var member in members) _current.Add(member);
        var at = 0;
        while (at < rest.Length && _current.Count > 0)
        {
            var symbol = alphabet.Next(rest, ref at);
            _stepper.Step(_current.Members, context, symbol, _next);
            context = _stepper.After(symbol);
            (_current, _next) = (_next, _current);
        }
        return _stepper.MatchesAtEnd(_current.Members, context);
    }
}
