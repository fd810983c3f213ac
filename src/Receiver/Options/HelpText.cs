using System.Text;

namespace Receiver.Options;

/// <summary>The texts of --help, --version and shell completion.</summary>
internal static class HelpText
{
    private const int NameColumns = 46;
    private const int LineColumns = 118;

    /// <summary>What to print when no command was given.</summary>
    public static string Short(string program) =>
        $"""
        usage: {program} receive [<flags>]

        A remote-write receiver: takes samples from Prometheus, keeps them in one database per tenant, answers Thanos queries over
        the StoreAPI, and uploads finished blocks to a bucket.

          {program} receive --label='receive_replica="0"'     start one with defaults: data in ./data
          {program} receive --help                            every flag with its default
          {program} --version

        """;

    /// <summary>Every flag by group.</summary>
    /// <param name="program">Name of the program.</param>
    /// <param name="all">Whether hidden flags are shown too.</param>
    public static string Full(string program, bool all)
    {
        var text = new StringBuilder(Short(program)).Append("""

            Durations: 15d, 2h30m, 500ms. Sizes: 512MiB, 2GB (powers of 1024). A switch --x has a form --no-x.
            @file stands for the arguments in a file, one a line.
            In files and texts of configuration, $(NAME) stands for the value of an environment variable.

            """);
        var group = "";
        foreach (var flag in FlagTable.All)
        {
            if (flag.IsHidden && !all) continue;
            if (flag.Group != group) text.Append('\n').Append(group = flag.Group).Append('\n');
            AppendFlag(text, flag);
        }
        return text.ToString();
    }

    /// <summary>Names for shell completion, one a line.</summary>
    public static string Words()
    {
        var text = new StringBuilder("receive\n");
        foreach (var flag in FlagTable.All)
        {
            if (!flag.IsHidden) text.Append("--").Append(flag.Name).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>A completion script for bash, and for zsh through its bash mode.</summary>
    public static string CompletionScript(string program, bool isZsh) =>
        (isZsh ? "autoload -U +X bashcompinit && bashcompinit\n" : "")
        + $$"""
        _{{program}}() { COMPREPLY=($(compgen -W "$({{program}} --completion-bash)" -- "${COMP_WORDS[COMP_CWORD]}")); }
        complete -o default -F _{{program}} {{program}}

        """;

    private static void AppendFlag(StringBuilder text, Flag flag)
    {
        var name = Spelling(flag);
        text.Append("  ").Append(name);
        var column = name.Length + 2;
        if (column >= NameColumns)
        {
            text.Append('\n');
            column = 0;
        }
        text.Append(' ', NameColumns - column);
        column = NameColumns;
        foreach (var word in Description(flag).Split(' '))
        {
            if (column + word.Length > LineColumns)
            {
                text.Length--; // The blank after the last word.
                text.Append('\n').Append(' ', NameColumns);
                column = NameColumns;
            }
            text.Append(word).Append(' ');
            column += word.Length + 1;
        }
        text.Length--;
        text.Append('\n');
    }

    private static string Spelling(Flag flag)
    {
        if (flag.Kind == FlagKind.Switch)
            return flag.Name == "help" ? "-h, --help" : flag.Default == "true" ? $"--[no-]{flag.Name}" : $"--{flag.Name}";
        var value = flag.Placeholder ?? flag.Kind switch
        {
            FlagKind.Choice => string.Join('|', flag.Allowed).Trim('|'),
            FlagKind.ModelDuration or FlagKind.GoDuration => "<duration>",
            FlagKind.Bytes => "<size>",
            FlagKind.Text => "<text>",
            _ => "<number>",
        };
        return $"--{flag.Name}={value}{(flag.IsRepeatable ? " ..." : "")}";
    }

    private static string Description(Flag flag)
    {
        var text = flag.Help;
        if (flag.Default is { Length: > 0 } value && flag.Kind != FlagKind.Switch) text += $" Default {value}.";
        if (flag.Kind == FlagKind.Switch && flag.Default == "true") text += " On unless switched off.";
        return flag.IsRepeatable ? text + " May be given several times." : text;
    }
}
