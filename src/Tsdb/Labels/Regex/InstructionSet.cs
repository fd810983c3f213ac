namespace Tsdb.Labels.Regex;

/// <summary>A set of instruction indexes that is cleared in constant time and walked in order of insertion.</summary>
internal sealed class InstructionSet(int capacity)
{
    private readonly int[] _members = new int[capacity];
    private readonly int[] _places = new int[capacity];

    /// <summary>Members so far.</summary>
    public int Count { get; private set; }

    /// <summary>The members in order of insertion.</summary>
    public ReadOnlySpan<int> Members => _members.AsSpan(0, Count);

    /// <summary>Forgets all members.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds an index; false when it was there.</summary>
    public bool Add(int index)
    {
        var place = _places[index];
        if ((uint)place < (uint)Count && _members[place] == index) return false;
        _places[index] = Count;
        _members[Count++] = index;
        return true;
    }
}
