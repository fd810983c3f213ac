using BenchmarkDotNet.Attributes;
using Load;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Micro;

/// <summary>Encoding and compressing the log record of one request; per sample.</summary>
[MemoryDiagnoser]
public class WalRecordBench : IDisposable
{
    private readonly ByteBuffer _record = new(64 << 10);
    private readonly ulong[] _values = new ulong[RequestInput.SeriesCount];
    private byte[] _compressed = [];

    [GlobalSetup]
    public void Setup()
    {
        var values = new SampleValues(seed: 1);
        for (var i = 0; i < _values.Length; i++) _values[i] = BitConverter.DoubleToUInt64Bits(values.At(i, round: 7));
        EncodeSamples();
        _compressed = new byte[Snappy.MaxEncodedLength(_record.Length)];
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public int EncodeSamples()
    {
        _record.Clear();
        var record = SamplesRecord.Begin(_record, firstRef: 1, firstTimeMs: 1_700_000_000_000);
        for (var i = 0; i < _values.Length; i++) record.Add((ulong)i + 1, 1_700_000_000_000, _values[i]);
        return _record.Length;
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public int Compress() => Snappy.Encode(_record.Written, _compressed);

    [GlobalCleanup]
    public void Dispose()
    {
        _record.Dispose();
        GC.SuppressFinalize(this);
    }
}
