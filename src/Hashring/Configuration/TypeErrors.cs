namespace Hashring.Configuration;

/// <summary>Collects what went wrong in a document: the first wrong type, unless something worse ends the reading.</summary>
internal struct TypeErrors()
{
    /// <summary>The error to report; empty = none.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Whether reading has to end.</summary>
    public bool IsFatal { get; private set; }

    /// <summary>Remembers a value of the wrong type, unless one was before.</summary>
    public void Add(ValueKind found, string owner, string field, string type) => Add(Word(found), owner, field, type);

    /// <summary>Remembers a value of the wrong type in the words given, unless one was before.</summary>
    public void Add(string found, string owner, string field, string type)
    {
        if (Text.Length > 0) return;
        Text = owner.Length == 0
            ? $"json: cannot unmarshal {found} into Go value of type {type}"
            : $"json: cannot unmarshal {found} into Go struct field {owner}.{field} of type {type}";
    }

    /// <summary>Ends the reading; the error replaces any other.</summary>
    public void Stop(string error)
    {
        Text = error;
        IsFatal = true;
    }

    private static string Word(ValueKind kind) => kind switch
    {
        ValueKind.Object => "object",
        ValueKind.Array => "array",
        ValueKind.String => "string",
        ValueKind.Number => "number",
        ValueKind.Bool => "bool",
        _ => "null",
    };
}
