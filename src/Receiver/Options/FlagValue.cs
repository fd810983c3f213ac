using Receiver.Options.Values;

namespace Receiver.Options;

/// <summary>Checks a value against its flag's kind, with upstream's words.</summary>
internal static class FlagValue
{
    /// <summary>What is wrong with a value, or null.</summary>
    public static string? Check(Flag flag, string text) => flag.Kind switch
    {
        FlagKind.ModelDuration => ModelDuration.TryParse(text, out _),
        FlagKind.GoDuration => GoDuration.TryParse(text, out _),
        FlagKind.Bytes => ByteSize.TryParse(text, out _),
        FlagKind.Int => Number.TryParseInt(text, out _),
        FlagKind.Int64 => Number.TryParseInt64(text, out _),
        FlagKind.UInt64 => Number.TryParseUInt64(text, out _),
        FlagKind.Float => Number.TryParseFloat(text, out _),
        FlagKind.Choice => Array.IndexOf(flag.Allowed, text) < 0
            ? $"enum value must be one of {string.Join(',', flag.Allowed)}, got '{text}'"
            : null,
        FlagKind.WalFsync => WalFsyncFlag.TryParse(text, out _, out _),
        _ => null,
    };
}
