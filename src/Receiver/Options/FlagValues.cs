using Receiver.Options.Values;
using Tsdb;

namespace Receiver.Options;

/// <summary>The values that count: what was given, else each flag's default. Checked before; reading cannot fail.</summary>
internal sealed class FlagValues
{
    private readonly Dictionary<string, List<string>> _given = new(StringComparer.Ordinal);

    /// <summary>Gathers and checks what was given.</summary>
    /// <param name="line">The arguments.</param>
    /// <param name="errors">Filled with every value error, in order: upstream's words and the flag they are about.</param>
    public FlagValues(CommandLine line, List<(string Flag, string Error)> errors)
    {
        foreach (var (flag, value) in line.Given)
        {
            if (!_given.TryGetValue(flag.Name, out var values)) _given[flag.Name] = values = [];
            else if (!flag.IsRepeatable) errors.Add((flag.Name, $"flag '{flag.Name}' cannot be repeated"));
            if (flag.Kind != FlagKind.Switch && FlagValue.Check(flag, value) is { } error) errors.Add((flag.Name, error));
            values.Add(value);
            if (flag.IsIgnored && !Ignored.Contains(flag.Name)) Ignored.Add(flag.Name);
        }
    }

    /// <summary>Names of flags that were given and have no effect.</summary>
    public List<string> Ignored { get; } = [];

    /// <summary>Text of a flag; empty when it was not given and has no default.</summary>
    public string Text(string name) => _given.TryGetValue(name, out var values) ? values[^1] : Default(name);

    /// <summary>Every value of a repeatable flag that is not empty.</summary>
    public IReadOnlyList<string> List(string name) =>
        _given.TryGetValue(name, out var values) ? values.FindAll(static v => v.Length > 0) : [];

    /// <summary>Whether a switch is on.</summary>
    public bool IsOn(string name) => Text(name) == "true";

    /// <summary>A duration of either kind; nanoseconds below 100 are cut off.</summary>
    public TimeSpan Duration(string name)
    {
        var text = Text(name);
        _ = Find(name).Kind == FlagKind.GoDuration
            ? GoDuration.TryParse(text, out var nanoseconds)
            : ModelDuration.TryParse(text, out nanoseconds);
        return TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>A whole number or size; an unsigned one above the signed range counts as the largest signed one.</summary>
    public long Number(string name)
    {
        var (text, number) = (Text(name), 0L);
        switch (Find(name).Kind)
        {
            case FlagKind.Bytes:
                _ = ByteSize.TryParse(text, out number);
                break;
            case FlagKind.Int:
                _ = Values.Number.TryParseInt(text, out number);
                break;
            case FlagKind.Int64:
                _ = Values.Number.TryParseInt64(text, out number);
                break;
            default:
                _ = Values.Number.TryParseUInt64(text, out var unsigned);
                number = (long)Math.Min(unsigned, long.MaxValue);
                break;
        }
        return number;
    }

    /// <summary>A decimal number.</summary>
    public double Float(string name)
    {
        _ = Values.Number.TryParseFloat(Text(name), out var value);
        return value;
    }

    /// <summary>The log's flush policy.</summary>
    public (WalFsync Policy, TimeSpan Interval) Fsync(string name)
    {
        _ = WalFsyncFlag.TryParse(Text(name), out var policy, out var interval);
        return (policy, interval);
    }

    private static string Default(string name) => Find(name).Default ?? "";

    private static Flag Find(string name)
    {
        foreach (var flag in FlagTable.All)
        {
            if (flag.Name == name) return flag;
        }
        throw new InvalidOperationException($"BUG: no flag {name}");
    }
}
