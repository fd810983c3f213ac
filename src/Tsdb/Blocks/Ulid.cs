using System.Security.Cryptography;

namespace Tsdb.Blocks;

/// <summary>Names of blocks: 48 bits of creation time in Unix milliseconds and 80 random bits, 26 characters of Crockford
/// base32.</summary>
public static class Ulid
{
    /// <summary>Characters of a ULID: 130 bits, of which the first two are zero.</summary>
    public const int LengthChars = 26;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int EntropyBytes = 10;

    /// <summary>A new name.</summary>
    /// <param name="timeMs">Creation time, Unix milliseconds, 0 to 2^48 - 1.</param>
    public static string Create(long timeMs)
    {
        Span<byte> entropy = stackalloc byte[EntropyBytes];
        RandomNumberGenerator.Fill(entropy);
        return Format(timeMs, entropy);
    }

    /// <summary>Whether a directory's name is a ULID, letters in upper or lower case.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        // More than 7 in the first character would be more than 128 bits.
        if (text.Length != LengthChars || text[0] > '7') return false;
        foreach (var c in text)
        {
            if (!Alphabet.Contains(char.ToUpperInvariant(c))) return false;
        }
        return true;
    }

    /// <summary>Creation time of a valid ULID, Unix milliseconds.</summary>
    public static long TimeMs(ReadOnlySpan<char> ulid)
    {
        long time = 0;
        foreach (var c in ulid[..10]) time = (time << 5) | (long)(uint)Alphabet.IndexOf(char.ToUpperInvariant(c));
        return time;
    }

    internal static string Format(long timeMs, ReadOnlySpan<byte> entropy)
    {
        Span<char> text = stackalloc char[LengthChars];
        for (var i = 9; i >= 0; i--, timeMs >>= 5) text[i] = Alphabet[(int)(timeMs & 31)];
        // 80 bits are 16 characters of 5 bits: take them from the end of a growing accumulator.
        uint bits = 0;
        var (held, at) = (0, 10);
        foreach (var b in entropy[..EntropyBytes])
        {
            bits = (bits << 8) | b;
            for (held += 8; held >= 5; held -= 5) text[at++] = Alphabet[(int)(bits >> (held - 5)) & 31];
        }
        return new string(text);
    }
}
