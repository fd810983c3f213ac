namespace Tsdb.Chunks;

/// <summary>The numbers that change from sample to sample of a histogram chunk, except time and sum: count, zero count, positive
/// buckets, negative buckets, in this order. Writing and reading keep the same memory of the samples before.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Integers: changes of differences. Floats: XOR, each number with a window of its
/// own.</remarks>
internal sealed class HistogramValues(bool isFloat, int count)
{
    /// <summary>Count and zero count, before the buckets.</summary>
    public const int CountsLength = 2;

    private readonly ulong[] _last = new ulong[count];
    private readonly long[] _delta = isFloat ? [] : new long[count];
    private readonly (byte Leading, byte Trailing)[] _windows = isFloat ? new (byte, byte)[count] : [];

    /// <summary>The numbers of the last sample.</summary>
    public ReadOnlySpan<ulong> Last => _last;

    /// <summary>Says that no window is open yet: a writer's beginning. A reader begins with windows of all 64 bits.</summary>
    public HistogramValues WithoutWindows()
    {
        Array.Fill(_windows, (XorValue.NoWindow, (byte)0));
        return this;
    }

    /// <summary>Becomes what a writer begins with.</summary>
    public void Restart()
    {
        Array.Clear(_last);
        Array.Clear(_delta);
        WithoutWindows();
    }

    /// <summary>Writes numbers of a chunk's first sample.</summary>
    public void WriteFirst(ref BitWriter writer, int from, ReadOnlySpan<ulong> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (isFloat) writer.Write(values[i], 64);
            else if (from + i < CountsLength) Varbit.WriteUint(ref writer, values[i]);
            else Varbit.WriteInt(ref writer, (long)values[i]);
            _last[from + i] = values[i];
        }
    }

    /// <summary>Writes numbers of a later sample.</summary>
    public void WriteNext(ref BitWriter writer, int from, ReadOnlySpan<ulong> values)
    {
        if (isFloat) WriteNextFloats(ref writer, from, values);
        else WriteNextIntegers(ref writer, values, _last.AsSpan(from, values.Length), _delta.AsSpan(from, values.Length));
    }

    private static void WriteNextIntegers(ref BitWriter writer, ReadOnlySpan<ulong> values, Span<ulong> last, Span<long> delta)
    {
        var to = writer; // A copy lives in registers.
        for (var i = 0; i < values.Length && i < last.Length && i < delta.Length; i++)
        {
            var next = (long)(values[i] - last[i]);
            Varbit.WriteInt(ref to, next - delta[i]);
            delta[i] = next;
            last[i] = values[i];
        }
        writer = to;
    }

    private void WriteNextFloats(ref BitWriter writer, int from, ReadOnlySpan<ulong> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            ref var last = ref _last[from + i];
            ref var window = ref _windows[from + i];
            XorValue.Write(ref writer, 0, 0, values[i] ^ last, ref window.Leading, ref window.Trailing);
            last = values[i];
        }
    }

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
