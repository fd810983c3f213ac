using BenchmarkDotNet.Attributes;
using Hashring;
using Tsdb.Memory;

namespace Micro;

/// <summary>What identifies a series: the head's keyed hash, the ring's hash, and the walk from hash to endpoint; per
/// series.</summary>
[MemoryDiagnoser]
public class SeriesHashBench
{
    private const int Nodes = 30;

    private readonly RequestInput _input = new();
    private readonly byte[] _scratch = new byte[1024];
    private readonly int[] _replicas = new int[3];
    private Ring _ring = HashmodRing.Create("", [Endpoint.FromAddress("none")]);

    [GlobalSetup]
    public void Setup()
    {
        var endpoints = new Endpoint[Nodes];
        for (var i = 0; i < Nodes; i++) endpoints[i] = Endpoint.FromAddress($"receive-{i}.receive.svc:10901");
        _ring = KetamaRing.Create("", endpoints, replicationFactor: 3, out _)!;
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public ulong KeyedHashOfLabels()
    {
        var sum = 0UL;
        for (var i = 0; i < RequestInput.SeriesCount; i++) sum += (ulong)KeyedHash.Compute(_input.LabelRun(i)).GetHashCode();
        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public ulong RingHashOfLabels()
    {
        var sum = 0UL;
        var hasher = new SeriesHasher(_scratch);
        for (var i = 0; i < RequestInput.SeriesCount; i++)
        {
            hasher.Begin("default-tenant"u8);
            AddLabels(ref hasher, _input.LabelRun(i));
            sum += hasher.Finish();
        }
        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public int KetamaReplicas()
    {
        var sum = 0;
        var hash = 1UL;
        for (var i = 0; i < RequestInput.SeriesCount; i++)
        {
            hash = (hash * 6364136223846793005) + 1442695040888963407; // Knuth's MMIX generator spreads over the circle.
            _ring.TryGetReplicas(hash, _replicas, out _);
            sum += _replicas[2];
        }
        return sum;
    }

    /// <summary>Labels of the input have one-byte lengths: 0a length, 0a name length, name, 12 value length, value.</summary>
    private static void AddLabels(ref SeriesHasher hasher, ReadOnlySpan<byte> run)
    {
        while (!run.IsEmpty)
        {
            var name = run.Slice(4, run[3]);
            var value = run.Slice(4 + name.Length + 2, run[4 + name.Length + 1]);
            hasher.Add(name, value);
            run = run[(4 + name.Length + 2 + value.Length)..];
        }
    }
}
