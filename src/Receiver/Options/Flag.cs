namespace Receiver.Options;

/// <summary>One row of the flag table: everything the parser, the help text and the tests know about a flag.</summary>
/// <param name="Name">Name without dashes.</param>
/// <param name="Kind">Syntax of its value.</param>
/// <param name="Default">Text that stands when it is not given; null = none.</param>
/// <param name="Help">One or two sentences with unit and meaning of zero.</param>
internal sealed record Flag(string Name, FlagKind Kind, string? Default, string Help)
{
    /// <summary>Heading it stands under in the help text.</summary>
    public string Group { get; init; } = "";

    /// <summary>Whether it may also stand before the word <c>receive</c>.</summary>
    public bool IsGlobal { get; init; }

    /// <summary>Whether only <c>--help-long</c> shows it.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether it may be given several times.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Whether it is accepted for compatibility only; giving it is warned about.</summary>
    public bool IsIgnored { get; init; }

    /// <summary>Words a <see cref="FlagKind.Choice"/> accepts.</summary>
    public string[] Allowed { get; init; } = [];

    /// <summary>What stands for the value in the help text; null = by kind.</summary>
    public string? Placeholder { get; init; }
}
