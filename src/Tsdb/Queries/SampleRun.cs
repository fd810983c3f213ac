using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Decoded float samples, ascending, one per time. Chunks are merged in by ascending first time.</summary>
internal sealed class SampleRun
{
    private long[] _times = new long[256];
    private ulong[] _values = new ulong[256];
    private long[] _tailTimes = new long[256];
    private ulong[] _tailValues = new ulong[256];

    /// <summary>Samples in the run.</summary>
    public int Count { get; private set; }

    /// <summary>Time of a sample, Unix milliseconds.</summary>
    public long TimestampMs(int index) => _times[index];

    /// <summary>IEEE 754 bits of a sample's value.</summary>
    public ulong ValueBits(int index) => _values[index];

    /// <summary>Forgets the samples, keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Merges the samples of a XOR chunk. At equal times the sample that was there first stays.</summary>
    /// <returns>False when the chunk is malformed.</returns>
    public bool TryMerge(ReadOnlySpan<byte> chunk)
    {
        var samples = new XorChunkIterator(chunk);
        var hasSample = samples.MoveNext();
        var tailCount = hasSample ? TakeTail(samples.TimestampMs) : 0;
        var tail = 0;
        while (hasSample)
        {
            var timestamp = samples.TimestampMs;
            for (; tail < tailCount && _tailTimes[tail] < timestamp; tail++) Add(_tailTimes[tail], _tailValues[tail]);
            var isTaken = tail < tailCount && _tailTimes[tail] == timestamp;
            if (!isTaken) Add(timestamp, samples.ValueBits);
            hasSample = samples.MoveNext();
        }
        for (; tail < tailCount; tail++) Add(_tailTimes[tail], _tailValues[tail]);
        return !samples.IsFailed;
    }

    /// <summary>Moves the samples from a time on aside, so that the run can be written again from there; returns how
    /// many.</summary>
    private int TakeTail(long fromMs)
    {
        var start = Array.BinarySearch(_times, 0, Count, fromMs);
        if (start < 0) start = ~start;
        var length = Count - start;
        if (_tailTimes.Length < length)
        {
            _tailTimes = new long[_times.Length];
            _tailValues = new ulong[_times.Length];
        }
        _times.AsSpan(start, length).CopyTo(_tailTimes);
        _values.AsSpan(start, length).CopyTo(_tailValues);
        Count = start;
        return length;
    }

    private void Add(long timestampMs, ulong valueBits)
    {
        if (Count == _times.Length)
        {
            Array.Resize(ref _times, Count * 2);
            Array.Resize(ref _values, Count * 2);
        }
        _times[Count] = timestampMs;
        _values[Count++] = valueBits;
    }
}
