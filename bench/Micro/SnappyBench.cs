using BenchmarkDotNet.Attributes;
using Tsdb.Memory;

namespace Micro;

/// <summary>Block compression of a remote-write body; numbers are per sample.</summary>
[MemoryDiagnoser]
public class SnappyBench
{
    private readonly RequestInput _input = new();
    private byte[] _output = [];

    [GlobalSetup]
    public void Setup() => _output = new byte[Snappy.MaxEncodedLength(_input.Plain.Length)];

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public SnappyStatus Decode() => Snappy.Decode(_input.Compressed, _output.AsSpan(0, _input.Plain.Length));

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public int Encode() => Snappy.Encode(_input.Plain, _output);
}
