namespace Tsdb.Labels.Regex;

/// <summary>One state of the deterministic automaton: where the program may be, and what assertions ask about the character
/// before.</summary>
/// <remarks>Equal by content, so that the same state is found again.</remarks>
internal sealed class DfaState : IEquatable<DfaState>
{
    private readonly int[] _members;
    private readonly int _hash;

    private DfaState(int[] members, Context context)
    {
        _members = members;
        Context = context;
        var hash = new HashCode();
        hash.Add(context);
        foreach (var member in members) hash.Add(member);
        _hash = hash.ToHashCode();
    }

    /// <summary>No way on: nothing that follows can match.</summary>
    public static DfaState Dead { get; } = new([], default);

    /// <summary>Instructions that consume, assert or match, ascending.</summary>
    public ReadOnlySpan<int> Members => _members;

    /// <summary>The character before; always the same when no member asserts anything.</summary>
    public Context Context { get; }

    /// <summary>Makes a state of a closed set of instructions.</summary>
    public static DfaState Of(ReadOnlySpan<int> closed, Context context, NfaProgram program)
    {
        var members = new List<int>(closed.Length);
        var asserts = false;
        foreach (var at in closed)
        {
            var operation = program.Code[at].Operation;
            asserts |= operation == Operation.Assert;
            if (operation != Operation.Split) members.Add(at);
        }
        members.Sort();
        return new DfaState([.. members], asserts ? context : default);
    }

    /// <inheritdoc/>
    public bool Equals(DfaState? other) =>
        other is not null && Context == other.Context && _members.AsSpan().SequenceEqual(other._members);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DfaState);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
