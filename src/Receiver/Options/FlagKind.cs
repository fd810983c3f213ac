namespace Receiver.Options;

/// <summary>Which syntax a flag's value has; each kind has one parser, see <see cref="FlagValue"/>.</summary>
internal enum FlagKind
{
    /// <summary>Present or absent; <c>--no-name</c> switches off; takes no value.</summary>
    Switch,

    /// <summary>Any text.</summary>
    Text,

    /// <summary>One of the flag's allowed words.</summary>
    Choice,

    /// <summary>Prometheus duration: <c>1d12h</c>; units y w d h m s ms, descending.</summary>
    ModelDuration,

    /// <summary>Go duration: sign and fractions allowed; units w d h m s ms us ns.</summary>
    GoDuration,

    /// <summary>Bytes with a unit: <c>512MiB</c>, <c>1.5GB</c>, all powers of 1024.</summary>
    Bytes,

    /// <summary>Whole number; read as a decimal number whose fraction is cut off.</summary>
    Int,

    /// <summary>Whole number, signed 64 bits; 0x, 0o, 0b prefixes.</summary>
    Int64,

    /// <summary>Whole number, unsigned 64 bits; 0x, 0o, 0b prefixes.</summary>
    UInt64,

    /// <summary>Decimal number.</summary>
    Float,

    /// <summary>When to flush the log: <c>segment</c>, <c>interval=1s</c> or <c>commit</c>.</summary>
    WalFsync,
}
