using BenchmarkDotNet.Attributes;
using Receiver.RemoteWrite;

namespace Micro;

/// <summary>The pass from a decoded body to entries with their hashes; per sample.</summary>
[MemoryDiagnoser]
public class WalkBench : IDisposable
{
    private readonly RequestInput _input = new();
    private readonly Batch _batch = new();

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public int Walk()
    {
        _batch.Reset(_input.Plain);
        var fault = BatchReader.ReadRemoteWrite(_batch, "default-tenant");
        return fault.IsNone ? _batch.ItemCount : throw new InvalidDataException(fault.ToString());
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _batch.Dispose();
        GC.SuppressFinalize(this);
    }
}
