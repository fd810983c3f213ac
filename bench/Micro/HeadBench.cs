using BenchmarkDotNet.Attributes;
using Load;
using Tsdb;
using Tsdb.Head;
using Tsdb.Memory;

namespace Micro;

/// <summary>The head's passes over one request of 2000 known series, log included; per sample.</summary>
/// <remarks>The log goes to the temporary folder and is not flushed to the device, as by default.</remarks>
[MemoryDiagnoser]
public class HeadBench
{
    private const long StepMs = 15_000;

    private readonly RequestInput _input = new();
    private readonly AppendItem[] _items = new AppendItem[RequestInput.SeriesCount];
    private readonly SampleValues _values = new(seed: 1);
    private string _folder = "";
    private Database? _database;
    private int _round;

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("head-bench").FullName;
        _database = Database.Open(new DatabaseOptions { Directory = _folder });
        for (var i = 0; i < _items.Length; i++) _items[i].Key = KeyedHash.Compute(_input.LabelRun(i));
        using var appender = _database.CreateAppender();
        appender.Find(_items);
        using var labels = new ByteBuffer();
        for (var i = 0; i < _items.Length; i++) appender.Create(ref _items[i], Encode(labels, _input.LabelRun(i)));
        appender.Commit();
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public uint Find()
    {
        using var appender = _database!.CreateAppender();
        appender.Find(_items);
        return _items[^1].SeriesIndex;
    }

    [Benchmark(OperationsPerInvoke = RequestInput.SeriesCount)]
    public AppendResult FindAppendCommit()
    {
        _round++;
        for (var i = 0; i < _items.Length; i++)
        {
            _items[i].TimestampMs = 1_700_000_000_000 + (_round * StepMs);
            _items[i].ValueBits = BitConverter.DoubleToUInt64Bits(_values.At(i, _round));
        }
        using var appender = _database!.CreateAppender();
        appender.Find(_items);
        appender.Append(_items);
        appender.Commit();
        return _items[^1].Result;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _database?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Label messages (one-byte lengths) as the log's sub-format: count, then names and values with their
    /// lengths.</summary>
    private static ReadOnlySpan<byte> Encode(ByteBuffer to, ReadOnlySpan<byte> run)
    {
        to.Clear();
        to.WriteByte(0);
        var count = 0;
        for (; !run.IsEmpty; count++)
        {
            var name = run.Slice(4, run[3]);
            var value = run.Slice(4 + name.Length + 2, run[4 + name.Length + 1]);
            to.WriteString(name);
            to.WriteString(value);
            run = run[(4 + name.Length + 2 + value.Length)..];
        }
        to.WrittenMemory.Span[0] = (byte)count;
        return to.Written;
    }
}
