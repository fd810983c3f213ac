using System.Collections.Concurrent;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>What a head keeps of native histograms on the heap: open chunks by series, bytes of complete ones by chunk.</summary>
/// <remarks>
/// Series of histograms are few and their chunks large, so they are ordinary objects beside the slabs. The maps may be used from
/// any thread; what belongs to one series is guarded by its stripe lock.
/// </remarks>
internal sealed class HistogramStore : IDisposable
{
    private readonly ConcurrentDictionary<uint, OpenHistograms> _open = new();
    private readonly ConcurrentDictionary<uint, byte[]> _bytes = new();

    private long _sizeBytes;

    /// <summary>Bytes on the heap.</summary>
    public long SizeBytes => Volatile.Read(ref _sizeBytes);

    /// <summary>What a series of histograms has open; made when missing.</summary>
    public OpenHistograms Of(uint series) => _open.GetOrAdd(series, static _ => new OpenHistograms());

    /// <summary>Counts anew what a series has open, after it changed.</summary>
    public void Recount(OpenHistograms open)
    {
        var size = open.SizeBytes;
        if (size == open.CountedBytes) return;
        Count(size - open.CountedBytes);
        open.CountedBytes = size;
    }

    /// <summary>Forgets a series that is gone, or goes on with floats.</summary>
    public void Forget(uint series)
    {
        if (_open.TryRemove(series, out var open)) Count(-open.CountedBytes);
    }

    /// <summary>Keeps a copy of a complete chunk's bytes until it is in a file.</summary>
    public void Keep(uint chunk, ReadOnlySpan<byte> bytes)
    {
        _bytes[chunk] = bytes.ToArray();
        Count(bytes.Length);
    }

    /// <summary>Bytes of a complete chunk that is in memory.</summary>
    public byte[] BytesOf(uint chunk) => _bytes[chunk];

    /// <summary>Forgets the bytes of a complete chunk.</summary>
    public void FreeBytes(uint chunk)
    {
        if (_bytes.TryRemove(chunk, out var bytes)) Count(-bytes.Length);
    }

    /// <summary>Gives back what is counted.</summary>
    public void Dispose() => Count(-SizeBytes);

    private void Count(long bytes)
    {
        Interlocked.Add(ref _sizeBytes, bytes);
        OwnedBytes.Add(bytes);
    }
}
