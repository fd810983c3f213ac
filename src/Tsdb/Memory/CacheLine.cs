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

    /// <summary>Asks for lines of an object without touching it, as even the check whether there is one would.</summary>
    /// <param name="target">The object, or null.</param>
    /// <param name="from">First byte, counted from its beginning.</param>
    /// <param name="end">Behind the last byte.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(object? target, int from, int end)
    {
        if (!Sse.IsSupported) return;
        var start = (byte*)Unsafe.As<object?, nint>(ref target);
        for (var at = from; at < end; at += SizeBytes) Sse.Prefetch0(start + at);
        Sse.Prefetch0(start + end - 1); // Objects do not begin with a line.
    }
}
