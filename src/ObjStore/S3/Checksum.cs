using System.Buffers;
using System.Security.Cryptography;

namespace ObjStore.S3;

/// <summary>Content-MD5 of a piece of a file, which servers check what they received against.</summary>
internal static class Checksum
{
    private const int BufferBytes = 128 << 10;

    /// <summary>Base64 of the MD5 of <paramref name="lengthBytes"/> bytes from <paramref name="offset"/>.</summary>
    /// <exception cref="EndOfStreamException">The file is shorter.</exception>
    public static async Task<string> Md5Async(string path, long offset, long lengthBytes, CancellationToken stop)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
#pragma warning disable CA5351 // The protocol asks for MD5, as a checksum.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (var end = offset + lengthBytes; offset < end;)
            {
                var wanted = buffer.AsMemory(0, (int)Math.Min(BufferBytes, end - offset));
                var count = await RandomAccess.ReadAsync(file, wanted, offset, stop);
                if (count == 0) throw new EndOfStreamException($"{path} ends before {end}");
                hash.AppendData(buffer, 0, count);
                offset += count;
            }
        }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
        return Convert.ToBase64String(hash.GetHashAndReset());
    }
}
