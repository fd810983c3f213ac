using System.Runtime.CompilerServices;

namespace ObjStore;

/// <summary>Counts what is done with a bucket. Owns the bucket it wraps.</summary>
/// <param name="bucket">The bucket that does the work.</param>
/// <param name="counters">Where it is counted.</param>
/// <param name="clock">Measures durations and dates the last upload.</param>
public sealed class CountedBucket(IBucket bucket, BucketCounters counters, TimeProvider clock) : IBucket
{
    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string name, CancellationToken stop) =>
        CountAsync(BucketOperation.Exists, static (b, n, s) => b.ExistsAsync(n, s), name, stop);

    /// <inheritdoc/>
    public async Task UploadAsync(string name, string filePath, CancellationToken stop)
    {
        await CountAsync(
            BucketOperation.Upload, async (b, n, s) => { await b.UploadAsync(n, filePath, s); return true; }, name, stop);
        counters[BucketOperation.Upload].TransferredBytes.Observe(new FileInfo(filePath).Length);
        counters.LastSuccessfulUploadMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(string name, CancellationToken stop)
    {
        var content = await CountAsync(BucketOperation.Get, static (b, n, s) => b.GetAsync(n, s), name, stop);
        counters[BucketOperation.Get].Fetch(content.Length);
        counters[BucketOperation.Get].TransferredBytes.Observe(content.Length);
        return content;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        counters[BucketOperation.Iter].Begin();
        var started = clock.GetTimestamp();
        await using var names = bucket.ListAsync(prefix, stop).GetAsyncEnumerator(stop);
        while (true)
        {
            try
            {
                if (!await names.MoveNextAsync()) break;
            }
            catch (Exception e) when (IsFailure(e, stop))
            {
                counters[BucketOperation.Iter].Fail();
                throw;
            }
            yield return names.Current;
        }
        counters[BucketOperation.Iter].DurationSeconds.Observe(clock.GetElapsedTime(started).TotalSeconds);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken stop) =>
        CountAsync(BucketOperation.Delete, static async (b, n, s) => { await b.DeleteAsync(n, s); return true; }, name, stop);

    /// <inheritdoc/>
    public void Dispose() => bucket.Dispose();

    private async Task<T> CountAsync<T>(
        BucketOperation operation, Func<IBucket, string, CancellationToken, Task<T>> action, string name, CancellationToken stop)
    {
        counters[operation].Begin();
        var started = clock.GetTimestamp();
        try
        {
            var result = await action(bucket, name, stop);
            counters[operation].DurationSeconds.Observe(clock.GetElapsedTime(started).TotalSeconds);
            return result;
        }
        catch (Exception e) when (IsFailure(e, stop))
        {
            counters[operation].Fail();
            throw;
        }
    }

    private static bool IsFailure(Exception e, CancellationToken stop) =>
        e is not ObjectNotFoundException && !stop.IsCancellationRequested;
}
