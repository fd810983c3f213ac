namespace Receiver.RemoteWrite;

/// <summary>What is wrong with bytes that should be a protobuf message.</summary>
public enum DecodeError : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The message, or a length inside it, runs past the end.</summary>
    UnexpectedEnd,

    /// <summary>A varint of more than ten bytes.</summary>
    IntegerOverflow,

    /// <summary>A length with the top bit set.</summary>
    NegativeLength,

    /// <summary>A known field with a wire type it cannot have.</summary>
    WrongWireType,

    /// <summary>A field number below one.</summary>
    IllegalTag,

    /// <summary>An end-group tag where a field was due.</summary>
    StrayEndGroup,

    /// <summary>A wire type that does not exist (6 or 7) on an unknown field.</summary>
    IllegalWireType,

    /// <summary>More series or samples than one request may hold.</summary>
    TooMany,
}

/// <summary>Why a message could not be walked, with the words that upstream's generated decoder uses.</summary>
/// <param name="Error">What is wrong.</param>
/// <param name="Subject">Name of the field or message concerned; a constant, never text from the wire.</param>
/// <param name="Detail">Wire type or raw tag, depending on <paramref name="Error"/>.</param>
/// <remarks>Texts: docs/formats/remote-write.md. Making one allocates nothing; only <see cref="ToString"/> does.</remarks>
public readonly record struct DecodeFault(DecodeError Error, string Subject, ulong Detail)
{
    /// <summary>No fault.</summary>
    public static DecodeFault None => default;

    /// <summary>True when the message is well formed.</summary>
    public bool IsNone => Error == DecodeError.None;

    /// <summary>The line a client gets to read.</summary>
    public override string ToString() => Error switch
    {
        DecodeError.None => "",
        DecodeError.UnexpectedEnd => "unexpected EOF",
        DecodeError.IntegerOverflow => "proto: integer overflow",
        DecodeError.NegativeLength => "proto: negative length found during unmarshaling",
        DecodeError.WrongWireType => $"proto: wrong wireType = {Detail} for field {Subject}",
        DecodeError.IllegalTag => $"proto: {Subject}: illegal tag {(int)(Detail >> 3)} (wire type {Detail})",
        DecodeError.StrayEndGroup => $"proto: {Subject}: wiretype end group for non-group",
        DecodeError.TooMany => $"too many {Subject}",
        _ => $"proto: illegal wireType {Detail}",
    };
}
