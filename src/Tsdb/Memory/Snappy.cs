namespace Tsdb.Memory;

/// <summary>What became of decoding one snappy block. Everything but <see cref="Ok"/> means corrupt input.</summary>
public enum SnappyStatus : byte
{
    /// <summary>Decoded to exactly the declared length.</summary>
    Ok = 0,

    /// <summary>The length at the front is missing, over-long, above 2 GiB or more than the input can expand to.</summary>
    BadLength,

    /// <summary>An element needs more input than is left.</summary>
    Truncated,

    /// <summary>A copy reaches in front of the output (offset 0 included, which S2 uses for "repeat").</summary>
    BadOffset,

    /// <summary>The elements produce more bytes than declared.</summary>
    TooLong,

    /// <summary>The elements produce fewer bytes than declared.</summary>
    TooShort,
}

/// <summary>The snappy block format (not the framed one): uvarint decoded length, then literals and copies.</summary>
/// <remarks>
/// Allocates nothing. Safe on hostile input: every element is checked once against the input and the output left before any
/// byte
/// moves. S2's extensions are refused, because a five-byte repeat could produce 16 MiB and void the bound on expansion.
/// Layout and limits: docs/formats/snappy.md.
/// </remarks>
public static class Snappy
{
    /// <summary>Longest input <see cref="Encode"/> takes, so that <see cref="MaxEncodedLength"/> stays an int: 1.5
    /// GiB.</summary>
    public const int InputLengthMax = 3 << 29;

    // Three input bytes (a copy) give at most 64 output bytes: 21.3 to 1; the constant covers a block of a single element.
    private const ulong ExpansionMax = 22;
    private const ulong ExpansionSlackBytes = 64;

    // What a search brings is tried with so many bytes, at most a quarter of the input.
    private const int TrialBytes = 4096;

    // A padded length is accepted as other decoders do; ten bytes are not.
    private const int LengthPrefixBytesMax = 9;

    /// <summary>Reads the length that a block declares, so that the caller can provide the output.</summary>
    /// <param name="input">The whole block.</param>
    /// <param name="length">Decoded length in bytes; 0 when refused.</param>
    /// <returns>False when there is no valid length, or when no block of this size could decode to so many bytes.</returns>
    public static bool TryGetDecodedLength(ReadOnlySpan<byte> input, out int length)
    {
        length = 0;
        if (ReadLength(input, out var declared) == 0) return false;
        length = (int)declared;
        return true;
    }

    /// <summary>Decodes a block into the front of <paramref name="output"/>.</summary>
    /// <param name="input">The whole block; bytes behind its last element are an error.</param>
    /// <param name="output">At least as long as declared (<see cref="TryGetDecodedLength"/>); nothing behind that is
    /// touched.</param>
    /// <returns>Anything but <see cref="SnappyStatus.Ok"/> leaves the output undefined.</returns>
    /// <exception cref="ArgumentException">The output is shorter than the declared length.</exception>
    public static SnappyStatus Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var prefix = ReadLength(input, out var declared);
        if (prefix == 0) return SnappyStatus.BadLength;
        if (declared > (ulong)output.Length)
            throw new ArgumentException("Output is shorter than the declared length.", nameof(output));
        return SnappyDecoder.Decode(input[prefix..], output[..(int)declared]);
    }

    /// <summary>Most bytes that <see cref="Encode"/> writes for an input of this length.</summary>
    /// <param name="inputLength">0 to <see cref="InputLengthMax"/>.</param>
    /// <remarks>Length prefix, plus one literal header a 60-byte run in the worst mix of literals and copies: 32 + n +
    /// n/6.</remarks>
    public static int MaxEncodedLength(int inputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputLength, InputLengthMax);
        return 32 + inputLength + (inputLength / 6);
    }

    /// <summary>Encodes a block.</summary>
    /// <param name="input">At most <see cref="InputLengthMax"/> bytes.</param>
    /// <param name="output">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The output is too short.</exception>
    public static int Encode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (output.Length < MaxEncodedLength(input.Length))
            throw new ArgumentException("Output is shorter than MaxEncodedLength.", nameof(output));
        var prefix = Varint.Write(output, (ulong)input.Length);
        return prefix + SnappyEncoder.Encode(input, output[prefix..]);
    }

    /// <summary>Encodes a block whose numbers of eight bytes are known.</summary>
    /// <param name="input">At most <see cref="InputLengthMax"/> bytes.</param>
    /// <param name="words">Where they are: in order, none over another.</param>
    /// <param name="output">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The output is too short, or the words are not inside the input.</exception>
    internal static int EncodeWords(ReadOnlySpan<byte> input, ReadOnlySpan<WordRun> words, Span<byte> output)
    {
        if (words.IsEmpty) return Encode(input, output);
        if (output.Length < MaxEncodedLength(input.Length))
            throw new ArgumentException("Output is shorter than MaxEncodedLength.", nameof(output));
        var prefix = Varint.Write(output, (ulong)input.Length);
        if (!IsMostly(words, input.Length) && IsWorthASearch(input, output)) return Encode(input, output);
        return prefix + SnappyWords.Encode(input, words, output[prefix..]);
    }

    private static bool IsMostly(ReadOnlySpan<WordRun> words, int length)
    {
        long bytes = 0;
        foreach (var run in words) bytes += run.Words * (long)sizeof(ulong);
        return bytes > length / 2;
    }

    /// <summary>Whether a search at every byte saves a quarter, judged by the beginning.</summary>
    private static bool IsWorthASearch(ReadOnlySpan<byte> input, Span<byte> output) =>
        input.Length < 4 * TrialBytes || SnappyEncoder.Encode(input[..TrialBytes], output) < TrialBytes / 4 * 3;

    private static int ReadLength(ReadOnlySpan<byte> input, out ulong declared)
    {
        var prefix = Varint.Read(input, out declared);
        if (prefix is 0 or > LengthPrefixBytesMax || declared > int.MaxValue) return 0;
        return declared > (ExpansionMax * (ulong)(input.Length - prefix)) + ExpansionSlackBytes ? 0 : prefix;
    }
}
