using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Finds UTF-8 texts in a dictionary by a span of their bytes.</summary>
internal sealed class TextComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly TextComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] text) => GetHashCode((ReadOnlySpan<byte>)text);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)KeyedHash.Compute(alternate).Low;

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
