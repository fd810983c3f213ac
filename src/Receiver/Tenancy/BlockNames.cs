namespace Receiver.Tenancy;

/// <summary>Tells block directories from the others in a tenant's directory.</summary>
internal static class BlockNames
{
    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHJKMNPQRSTVWXYZ");

    /// <summary>Whether a name is a ULID: 26 capital letters of Crockford's base 32, the first at most 7 (128 bits).</summary>
    public static bool IsUlid(ReadOnlySpan<char> name) =>
        name.Length == 26 && name[0] is >= '0' and <= '7' && !name.ContainsAnyExcept(Letters);
}
