namespace Receiver.Options;

/// <summary>Splits arguments into the command and its flags, by the grammar of upstream's flag library (kingpin).</summary>
/// <remarks>
/// <c>--name=value</c> or <c>--name value</c>; switches take no value and have a <c>--no-</c> form; <c>@file</c> stands for the
/// lines of a file; <c>--</c> ends the flags. Names are exact. Source: kingpin v2 parser.go.
/// </remarks>
internal sealed class CommandLine
{
    private const string CommandName = "receive";
    private readonly LinkedList<string> _rest;
    private readonly List<(Flag Flag, string Value)> _given = [];
    private bool _flagsEnded;

    private CommandLine(IEnumerable<string> args) => _rest = new(args);

    /// <summary>Whether the word <c>receive</c> was there.</summary>
    public bool HasCommand { get; private set; }

    /// <summary>Flags in the order given. A switch has the value "true" or "false".</summary>
    public IReadOnlyList<(Flag Flag, string Value)> Given => _given;

    /// <summary>Reads the arguments.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="error">The first syntax error; null when there is none.</param>
    public static CommandLine Parse(IEnumerable<string> args, out string? error)
    {
        var line = new CommandLine(args);
        error = null;
        while (error is null && line.TryNext(out var word, out error)) error = line.Take(word);
        return line;
    }

    /// <summary>Whether a switch was given.</summary>
    public bool Has(string name)
    {
        foreach (var (flag, _) in _given)
        {
            if (flag.Name == name) return true;
        }
        return false;
    }

    /// <summary>The next argument, with files in place of their @names; false at the end or on an error.</summary>
    private bool TryNext(out string word, out string? error)
    {
        (word, error) = ("", null);
        while (_rest.First is { } first)
        {
            word = first.Value;
            _rest.RemoveFirst();
            if (_flagsEnded || !word.StartsWith('@')) return true;
            error = Expand(word[1..]);
            if (error is not null) return false;
        }
        return false;
    }

    private string? Expand(string path)
    {
        string[] lines;
        try { lines = File.ReadAllLines(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"failed to open arguments file \"{path}\": {FileText.Describe("open", path, e)}";
        }
        for (var i = lines.Length - 1; i >= 0; i--)
        {
            if (lines[i].Length > 0 && !lines[i].StartsWith('#')) _rest.AddFirst(lines[i]);
        }
        return null;
    }

    private string? Take(string word)
    {
        if (!_flagsEnded && word == "--")
        {
            _flagsEnded = true;
            return null;
        }
        if (!_flagsEnded && word.StartsWith("--", StringComparison.Ordinal)) return TakeFlag(word[2..]);
        if (!_flagsEnded && word.Length > 1 && word[0] == '-') return TakeShort(word);
        if (HasCommand) return $"unexpected {word}";
        if (word != CommandName) return $"expected command but got \"{word}\"";
        HasCommand = true;
        return null;
    }

    private string? TakeFlag(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        var isOff = false;
        var flag = Find(name);
        if (flag is null && name.StartsWith("no-", StringComparison.Ordinal))
        {
            flag = Find(name[3..]) is { Kind: FlagKind.Switch } positive ? positive : null;
            isOff = true;
        }
        if (flag is null) return $"unknown long flag '--{name}'";
        if (flag.Kind == FlagKind.Switch)
        {
            _given.Add((flag, isOff ? "false" : "true"));
            if (equals >= 0) return $"unexpected {text[(equals + 1)..]}";
            return null;
        }
        if (equals >= 0)
        {
            _given.Add((flag, text[(equals + 1)..]));
            return null;
        }
        if (!TryNext(out var value, out var error)) return error ?? $"expected argument for flag '--{name}'";
        if (value.Length > 1 && value[0] == '-') return $"expected argument for flag '--{name}'";
        _given.Add((flag, value));
        return null;
    }

    private string? TakeShort(string word)
    {
        if (word[1] != 'h') return $"unknown short flag '-{word[1]}'";
        _given.Add((Find("help")!, "true"));
        return word.Length == 2 ? null : $"unknown short flag '-{word[2]}'";
    }

    private Flag? Find(string name)
    {
        foreach (var flag in FlagTable.All)
        {
            if (flag.Name == name) return flag.IsGlobal || HasCommand ? flag : null;
        }
        return null;
    }
}
