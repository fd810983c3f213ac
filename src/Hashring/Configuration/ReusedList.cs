namespace Hashring.Configuration;

/// <summary>A list that decodes the way a Go slice does: a repeated key decodes on top of what the earlier one left.</summary>
/// <remarks>
/// Shrinking hides elements without clearing them, so a later, longer list finds them again. Only an empty list or null
/// forgets.
/// </remarks>
internal sealed class ReusedList<T>(Func<T> create)
{
    private readonly List<T> _all = [];

    /// <summary>Elements of the last list decoded; null when none was, or null came last.</summary>
    public int? Count { get; private set; }

    /// <summary>An element; setting the one past the end appends.</summary>
    public T this[int index]
    {
        get => index < _all.Count ? _all[index] : create();
        set
        {
            if (index == _all.Count) _all.Add(value);
            else _all[index] = value;
        }
    }

    /// <summary>Ends a list of <paramref name="count"/> elements.</summary>
    public void Resize(int count)
    {
        Count = count;
        if (count == 0) _all.Clear();
    }

    /// <summary>Takes null.</summary>
    public void Reset()
    {
        Count = null;
        _all.Clear();
    }

    /// <summary>The elements, empty when there is no list.</summary>
    public IReadOnlyList<T> ToList() => _all.GetRange(0, Count ?? 0);
}
