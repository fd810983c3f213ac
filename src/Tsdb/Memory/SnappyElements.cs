using System.Runtime.CompilerServices;

namespace Tsdb.Memory;

/// <summary>How far the input and the output of a snappy encoder are, and the elements that take it further.</summary>
internal unsafe struct SnappyElements
{
    /// <summary>Furthest back that a copy of three bytes reaches.</summary>
    public const int OffsetMax = ushort.MaxValue;

    /// <summary>Longest copy.</summary>
    public const int CopyLengthMax = 64;

    /// <summary>Longest copy that may take two bytes.</summary>
    public const int NearLengthMax = 11;

    private const int NearOffsetMax = (1 << 11) - 1;
    private const int LiteralLengthMax = 1 << 16;
    private const int ShortLiteral = 16;

    /// <summary>The input.</summary>
    public byte* Start;

    /// <summary>Its end.</summary>
    public byte* End;

    /// <summary>First byte of it that is in no element yet.</summary>
    public byte* Literal;

    /// <summary>Where the next element goes.</summary>
    public byte* To;

    /// <summary>Encodes what waits in front of <paramref name="end"/> as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EmitLiteral(byte* end)
    {
        var length = end - Literal;
        if (length > ShortLiteral || End - Literal < ShortLiteral)
        {
            EmitLongLiteral(length);
            return;
        }
        if (length == 0) return;
        // What is copied too much is overwritten, and the output has 32 bytes more than any encoding takes.
        To[0] = (byte)((length - 1) << 2);
        Unsafe.CopyBlockUnaligned(To + 1, Literal, ShortLiteral);
        To += 1 + length;
        Literal = end;
    }

    /// <summary>Encodes a copy of 4 to 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EmitCopy(uint offset, int length)
    {
        if (length <= NearLengthMax && offset <= NearOffsetMax)
        {
            To[0] = (byte)(((offset >> 8) << 5) | (uint)((length - 4) << 2) | 1);
            To[1] = (byte)offset;
            To += 2;
        }
        else
        {
            To[0] = (byte)(((length - 1) << 2) | 2);
            Unsafe.WriteUnaligned(To + 1, (ushort)offset);
            To += 3;
        }
        Literal += length;
    }

    /// <summary>Encodes a copy of any length.</summary>
    public void EmitLongCopy(uint offset, int length)
    {
        // The last one keeps the four bytes that the shorter form needs.
        for (; length > CopyLengthMax + 3; length -= CopyLengthMax) EmitCopy(offset, CopyLengthMax);
        if (length > CopyLengthMax)
        {
            EmitCopy(offset, CopyLengthMax - 4);
            length -= CopyLengthMax - 4;
        }
        EmitCopy(offset, length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EmitLongLiteral(long length)
    {
        for (; length > 0; length -= LiteralLengthMax)
        {
            var part = (int)Math.Min(length, LiteralLengthMax);
            To = SnappyEncoder.EmitLiteral(To, Literal, part);
            Literal += part;
        }
    }
}
