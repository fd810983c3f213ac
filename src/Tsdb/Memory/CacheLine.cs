using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tsdb.Memory;

/// <summary>Hints to the processor's cache.</summary>
internal static unsafe class CacheLine
{
    /// <summary>Bytes of a line, on every processor that we run on.</summary>
    public const int SizeBytes = 64;

    /// <summary>Asks for the line of a location; never faults. The reference may move meanwhile: then the hint is
    /// wasted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ref T location)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref location));
    }
}
