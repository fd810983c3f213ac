using System.Linq;
using System.Runtime.CompilerServices;
using ObjStore;

namespace Receiver.Tests.Shipping;

/// <summary>
/// A bucket in memory that tells a test of each operation before doing it, so that the test can make it fail or wait.
/// </summary>
internal sealed class MemoryBucket : IBucket
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly List<string> _uploads = [];

    /// <summary>Called with "upload", "exists", … and the object's name; what it throws is what the operation throws.</summary>
    public Func<string, string, CancellationToken, Task> Before { get; set; } = static (_, _, _) => Task.CompletedTask;

    public IReadOnlyDictionary<string, byte[]> Objects
    {
        get { lock (_gate) return new SortedDictionary<string, byte[]>(_objects, StringComparer.Ordinal); }
    }

    /// <summary>Names in the order in which they were stored.</summary>
    public IReadOnlyList<string> Uploads
    {
        get { lock (_gate) return [.. _uploads]; }
    }

    public void Put(string name, ReadOnlySpan<byte> content)
    {
        lock (_gate) _objects[name] = content.ToArray();
    }

    public async Task<bool> ExistsAsync(string name, CancellationToken stop)
    {
        await Before("exists", name, stop);
        lock (_gate) return _objects.ContainsKey(name);
    }

    public async Task UploadAsync(string name, string filePath, CancellationToken stop)
    {
        await Before("upload", name, stop);
        var content = await File.ReadAllBytesAsync(filePath, stop);
        lock (_gate)
        {
            _objects[name] = content;
            _uploads.Add(name);
        }
    }

    public async Task<byte[]> GetAsync(string name, CancellationToken stop)
    {
        await Before("get", name, stop);
        lock (_gate) return _objects.TryGetValue(name, out var content) ? content : throw new ObjectNotFoundException(name);
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        await Before("list", prefix, stop);
        foreach (var name in Objects.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))) yield return name;
    }

    public async Task DeleteAsync(string name, CancellationToken stop)
    {
        await Before("delete", name, stop);
        lock (_gate) _objects.Remove(name);
    }

    public void Dispose()
    {
    }
}
