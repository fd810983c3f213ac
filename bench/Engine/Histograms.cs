using Tsdb.Chunks;

namespace Engine;

/// <summary>Native histograms of request durations: counters whose buckets around the middle grow fastest.</summary>
internal sealed class Histograms
{
    private const int Schema = 3; // Eight buckets for each power of two, what client libraries choose by default.

    private readonly HistogramSample[] _samples;
    private readonly ulong[][] _counts;
    private readonly int _buckets;
    private readonly bool _isFloat;
    private ulong _state;

    public Histograms(EngineOptions options, bool isFloat)
    {
        (_buckets, _isFloat, _state) = (options.Buckets, isFloat, options.Seed + 1);
        _samples = new HistogramSample[options.Batch];
        _counts = new ulong[options.Series][];
        for (var i = 0; i < _samples.Length; i++) _samples[i] = new HistogramSample();
        for (var i = 0; i < _counts.Length; i++) _counts[i] = new ulong[_buckets];
    }

    /// <summary>The next histogram of each series of a batch; valid until the next call.</summary>
    public ReadOnlySpan<HistogramSample> Make(int batch, int round, int count)
    {
        for (var i = 0; i < count; i++) Fill(_samples[i], _counts[(batch * _samples.Length) + i], round);
        return _samples.AsSpan(0, count);
    }

    private void Fill(HistogramSample sample, ulong[] counts, int round)
    {
        sample.Clear();
        sample.IsFloat = _isFloat;
        sample.Schema = Schema;
        sample.ZeroThresholdBits = BitConverter.DoubleToUInt64Bits(Math.ScaleB(1, -128));
        var half = _buckets / 2;
        sample.PositiveSpans.Add(new BucketSpan(-half, (uint)half));
        if (_buckets > half) sample.PositiveSpans.Add(new BucketSpan(2, (uint)(_buckets - half)));
        ulong total = 0;
        var previous = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            // The outer buckets rarely see anything, as with real durations.
            _state = (_state * 6364136223846793005) + 1442695040888963407;
            var weight = Math.Max(1, 8 - (Math.Abs(i - half) / 2));
            if (round == 1) counts[i] = 1 + ((_state >> 40) % 1000);
            else if ((_state >> 60) < (ulong)weight) counts[i] += (_state >> 33) % (ulong)(weight * weight);
            total += counts[i];
            sample.PositiveBuckets.Add(
                _isFloat ? BitConverter.DoubleToUInt64Bits(counts[i]) : (ulong)((long)counts[i] - previous));
            previous = (long)counts[i];
        }
        sample.Count = _isFloat ? BitConverter.DoubleToUInt64Bits(total) : total;
        sample.SumBits = BitConverter.DoubleToUInt64Bits(total * 0.0123);
    }
}
