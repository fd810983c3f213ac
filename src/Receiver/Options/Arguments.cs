namespace Receiver.Options;

/// <summary>Turns the arguments of the process into options, or into what to print and the exit status.</summary>
/// <param name="Options">What to run with; null when the process is to end at once.</param>
/// <param name="Output">Text for stdout.</param>
/// <param name="Error">Text for stderr.</param>
/// <param name="ExitCode">Status when there are no options: 0 help, 1 syntax or set-up, 2 a value.</param>
/// <remarks>Texts and statuses are upstream's but for the program's name. Source: kingpin v2, cmd/thanos/main.go.</remarks>
public readonly record struct Arguments(ReceiverOptions? Options, string Output, string Error, int ExitCode)
{
    /// <summary>Name in messages.</summary>
    public const string Program = "receiver";

    /// <summary>Reads and checks the arguments; only files they name are read.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="environment">Value of an environment variable; null when it is not set.</param>
    public static Arguments Read(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var line = CommandLine.Parse(args, out var syntaxError);
        if (syntaxError is not null) return new(null, "", $"{Program}: error: {syntaxError}\n", 1);
        if (Information(line) is { } information) return information;
        if (!line.HasCommand) return new(null, "", HelpText.Short(Program), 0);
        var errors = new List<(string Flag, string Error)>();
        var flags = new FlagValues(line, errors);
        if (errors.Count > 0) return new(null, "", ValueErrors(args, errors), 2);
        var builder = new OptionsBuilder(flags, environment);
        var options = builder.Build();
        return builder.Problems.Count == 0 ? new(options, "", "", 0) : new(null, "", SetUpErrors(builder.Problems), 1);
    }

    private static Arguments? Information(CommandLine line)
    {
        if (line.Has("completion-bash")) return new(null, HelpText.Words(), "", 0);
        if (line.Has("completion-script-bash")) return new(null, HelpText.CompletionScript(Program, isZsh: false), "", 0);
        if (line.Has("completion-script-zsh")) return new(null, HelpText.CompletionScript(Program, isZsh: true), "", 0);
        if (line.Has("version")) return new(null, "", Telemetry.BuildInfo.Line + "\n", 0);
        if (line.Has("help-long") || line.Has("help-man")) return new(null, HelpText.Full(Program, all: true), "", 0);
        if (!line.Has("help")) return null;
        return new(null, "", line.HasCommand ? HelpText.Full(Program, all: false) : HelpText.Short(Program), 0);
    }

    private static string ValueErrors(IReadOnlyList<string> args, List<(string Flag, string Error)> errors)
    {
        var text = $"usage: {Program} receive [<flags>]    (--help lists them)\n\n"
            + $"error parsing commandline arguments: [{Program} {string.Join(' ', args)}]: {errors[0].Error}\n";
        foreach (var (flag, error) in errors) text += $"{Program}: --{flag}: {error}\n";
        return text;
    }

    private static string SetUpErrors(List<string> problems)
    {
        if (problems.Count == 1) return $"{Program}: error: preparing receive command failed: {problems[0]}\n";
        var list = string.Join("\n  ", problems);
        return $"{Program}: error: preparing receive command failed: {problems.Count} problems\n  {list}\n";
    }
}
