namespace Tsdb.Chunks;

/// <summary>The numbers that change from sample to sample of a histogram chunk, except time and sum: count, zero count, positive
/// buckets, negative buckets, in this order: what a reader remembers of the samples before.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Integers: changes of differences. Floats: XOR, each number with a window of its
/// own. The writer's side is <see cref="HistogramEncoder"/>.</remarks>
internal sealed class HistogramValues(bool isFloat, int count)
{
    /// <summary>Count and zero count, before the buckets.</summary>
    public const int CountsLength = 2;

    private readonly ulong[] _last = new ulong[count];
    private readonly long[] _delta = isFloat ? [] : new long[count];
    private readonly (byte Leading, byte Trailing)[] _windows = isFloat ? new (byte, byte)[count] : [];

    /// <summary>The numbers of the last sample.</summary>
    public ReadOnlySpan<ulong> Last => _last;

    /// <summary>Reads numbers of the first sample; they are then in <see cref="Last"/>.</summary>
    public void ReadFirst(ref BitReader reader, int from, int length)
    {
        for (var i = from; i < from + length; i++)
        {
            if (isFloat) _last[i] = reader.Read(64);
            else _last[i] = i < CountsLength ? Varbit.ReadUint(ref reader) : (ulong)Varbit.ReadInt(ref reader);
        }
    }

    /// <summary>Reads numbers of a later sample.</summary>
    public void ReadNext(ref BitReader reader, int from, int length)
    {
        for (var i = from; i < from + length; i++)
        {
            if (isFloat)
            {
                ref var window = ref _windows[i];
                _last[i] ^= XorValue.Read(ref reader, ref window.Leading, ref window.Trailing);
            }
            else
            {
                _delta[i] += Varbit.ReadInt(ref reader);
                _last[i] += (ulong)_delta[i];
            }
        }
    }
}
