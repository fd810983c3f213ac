using BenchmarkDotNet.Attributes;
using Load;
using Tsdb.Chunks;

namespace Micro;

/// <summary>Writing and reading chunks of 120 samples with the load generator's mix of values; per sample.</summary>
[MemoryDiagnoser]
public class XorChunkBench
{
    private const int SamplesPerChunk = 120;
    private const int Chunks = 100;
    private const long StepMs = 15_000;

    private readonly byte[][] _chunks = new byte[Chunks][];
    private readonly ulong[] _values = new ulong[Chunks * SamplesPerChunk];

    [GlobalSetup]
    public void Setup()
    {
        var values = new SampleValues(seed: 1);
        for (var i = 0; i < _values.Length; i++)
            _values[i] = BitConverter.DoubleToUInt64Bits(values.At(i / SamplesPerChunk, i % SamplesPerChunk));
        for (var i = 0; i < Chunks; i++) _chunks[i] = new byte[SamplesPerChunk * XorChunk.SampleSizeMaxBytes];
        var bytes = Append();
        Console.WriteLine($"// {(double)bytes / _values.Length:0.00} bytes a sample");
    }

    [Benchmark(OperationsPerInvoke = Chunks * SamplesPerChunk)]
    public int Append()
    {
        var bytes = 0;
        for (var c = 0; c < Chunks; c++)
        {
            var state = default(XorAppendState);
            for (var i = 0; i < SamplesPerChunk; i++)
                XorChunk.TryAppend(ref state, _chunks[c], i * StepMs, _values[(c * SamplesPerChunk) + i]);
            bytes += state.LengthBytes;
        }
        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Chunks * SamplesPerChunk)]
    public ulong Iterate()
    {
        var sum = 0UL;
        foreach (var chunk in _chunks)
        {
            var samples = new XorChunkIterator(chunk);
            while (samples.MoveNext()) sum += samples.ValueBits;
        }
        return sum;
    }
}
