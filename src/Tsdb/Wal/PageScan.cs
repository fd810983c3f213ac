using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Finds where in a page reading may go on behind a fragment that cannot be read.</summary>
/// <remarks>
/// Only two places are trusted: where the fragment ends by its length field, and where its checksum fits the data in front of
/// that
/// place (then it was the length that changed). Either counts only if a fragment with a fitting checksum, or nothing but
/// zeros, follows.
/// Bytes inside a record are never searched for something that looks like a fragment: a label value may hold one. Reasons:
/// decision 0104.
/// </remarks>
internal static class PageScan
{
    /// <summary>Looks behind a damaged fragment.</summary>
    /// <param name="page">The whole page, extended with zeros.</param>
    /// <param name="start">Where the fragment's header begins in it.</param>
    /// <returns>Where reading goes on; the page's length when nothing behind the defect can be told from noise.</returns>
    public static int Find(ReadOnlySpan<byte> page, int start)
    {
        var data = start + PageFormat.HeaderBytes;
        if (data >= page.Length) return page.Length;
        int length = BinaryPrimitives.ReadUInt16BigEndian(page[(start + 1)..]);
        var expected = BinaryPrimitives.ReadUInt32BigEndian(page[(start + 3)..]);
        var actual = 0u;
        for (var end = data; end <= page.Length; end++)
        {
            if (actual == expected && IsSound(page, end)) return end;
            if (end < page.Length) actual = Crc32C.Append(actual, page.Slice(end, 1));
        }
        var nominal = data + length;
        return nominal <= page.Length && IsSound(page, nominal) ? nominal : page.Length;
    }

    /// <summary>Whether a fragment begins here, or the page's padding.</summary>
    private static bool IsSound(ReadOnlySpan<byte> page, int at)
    {
        while (page.Length - at >= PageFormat.HeaderBytes)
        {
            var type = page[at] & PageFormat.TypeMask;
            if (type == (int)FragmentType.Padding) break;
            int length = BinaryPrimitives.ReadUInt16BigEndian(page[(at + 1)..]);
            if (type > (int)FragmentType.Last || length > page.Length - at - PageFormat.HeaderBytes) return false;
            var data = page.Slice(at + PageFormat.HeaderBytes, length);
            if (Crc32C.Compute(data) != BinaryPrimitives.ReadUInt32BigEndian(page[(at + 3)..])) return false;
            if (length > 0) return true;
            at += PageFormat.HeaderBytes; // The checksum of no data is zero: such a header proves nothing.
        }
        return !page[at..].ContainsAnyExcept((byte)0);
    }
}
