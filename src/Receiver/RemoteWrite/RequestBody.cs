using System.Buffers;
using System.Diagnostics;

namespace Receiver.RemoteWrite;

/// <summary>Counts the bytes of all request bodies in memory and says when there are too many.</summary>
/// <param name="BytesMax">Most bytes at a time, compressed and decoded together; 0 = no limit.</param>
public sealed record BodyBudget(long BytesMax)
{
    private long _bytes;

    /// <summary>Bytes held at this moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Takes a share; give it back with <see cref="Return"/>.</summary>
    /// <returns>False, and nothing taken, when that is over the limit.</returns>
    public bool TryTake(long bytes)
    {
        var now = Interlocked.Add(ref _bytes, bytes);
        if (BytesMax <= 0 || now <= BytesMax || now == bytes) return true; // A lone request is never starved.
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Gives a share back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}

/// <summary>The decoded bytes of one request in pooled memory, shared by the local append and every forward of it.</summary>
/// <remarks>Counted references: the memory returns to the pool with the last <see cref="Release"/>, late replicas
/// included.</remarks>
public sealed class RequestBody
{
    private readonly BodyBudget _budget;
    private readonly int _length;
    private byte[] _bytes;
    private int _references = 1;

    private RequestBody(BodyBudget budget, int length)
    {
        _budget = budget;
        _length = length;
        _bytes = ArrayPool<byte>.Shared.Rent(length);
    }

    /// <summary>The bytes; valid until the last release.</summary>
    public Memory<byte> Memory => _bytes.AsMemory(0, _length);

    /// <summary>Rents a body of the length given; null when the budget is used up.</summary>
    public static RequestBody? TryRent(int length, BodyBudget budget) =>
        budget.TryTake(length) ? new RequestBody(budget, length) : null;

    /// <summary>Takes one more reference.</summary>
    public void Retain()
    {
        var now = Interlocked.Increment(ref _references);
        Debug.Assert(now > 1, "BUG: a body was retained after its last release");
    }

    /// <summary>Gives one reference back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0) return;
        var bytes = Interlocked.Exchange(ref _bytes, []);
        Debug.Assert(bytes.Length >= _length, "BUG: a body was released twice");
        ArrayPool<byte>.Shared.Return(bytes);
        _budget.Return(_length);
    }
}
