using System.Runtime.CompilerServices;

namespace ObjStore;

/// <summary>The part of a bucket below "&lt;prefix&gt;/"; its names are relative to that. Owns the bucket it wraps.</summary>
public sealed class PrefixedBucket : IBucket
{
    private readonly IBucket _bucket;
    private readonly string _prefix;

    /// <summary>Wraps a bucket.</summary>
    /// <param name="bucket">Whole bucket.</param>
    /// <param name="prefix">Not empty, neither beginning nor ending with '/'.</param>
    public PrefixedBucket(IBucket bucket, string prefix) => (_bucket, _prefix) = (bucket, ObjectName.Check(prefix) + "/");

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string name, CancellationToken stop) => _bucket.ExistsAsync(_prefix + name, stop);

    /// <inheritdoc/>
    public Task UploadAsync(string name, string filePath, CancellationToken stop) =>
        _bucket.UploadAsync(_prefix + name, filePath, stop);

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, CancellationToken stop) => _bucket.GetAsync(_prefix + name, stop);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var name in _bucket.ListAsync(_prefix + prefix, stop)) yield return name[_prefix.Length..];
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken stop) => _bucket.DeleteAsync(_prefix + name, stop);

    /// <inheritdoc/>
    public void Dispose() => _bucket.Dispose();
}
