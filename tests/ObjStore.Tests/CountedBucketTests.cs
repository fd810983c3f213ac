using System.Linq;
using TestKit;

namespace ObjStore.Tests;

public sealed class CountedBucketTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualClock _clock = new();
    private readonly BucketCounters _counters = new();
    private readonly CountedBucket _bucket;

    public CountedBucketTests() => _bucket = new CountedBucket(new FilesystemBucket(_folder.At("bucket")), _counters, _clock);

    public void Dispose()
    {
        _bucket.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Operations_ThatSucceed_CountAttemptsDurationsAndBytes()
    {
        await _bucket.UploadAsync("a", _folder.Write("f", new byte[40_000]), default);
        await _bucket.GetAsync("a", default);
        await _bucket.ExistsAsync("a", default);
        await foreach (var _ in _bucket.ListAsync("", default)) { }
        await _bucket.DeleteAsync("a", default);

        foreach (var operation in (BucketOperation[])[BucketOperation.Upload, BucketOperation.Get, BucketOperation.Exists,
            BucketOperation.Iter, BucketOperation.Delete])
        {
            Assert.Equal((1, 0), (_counters[operation].Attempts, _counters[operation].Failures));
            Assert.Equal(1, Counts(_counters[operation].DurationSeconds).Sum());
        }
        Assert.Equal(40_000, _counters[BucketOperation.Get].FetchedBytes);
        Assert.Equal(1, Counts(_counters[BucketOperation.Upload].TransferredBytes)[1]); // 32 KiB < 40 000 <= 64 KiB
        Assert.Equal(_clock.GetUtcNow().ToUnixTimeMilliseconds(), _counters.LastSuccessfulUploadMs);
        Assert.Equal(0, _counters[BucketOperation.Attributes].Attempts);
    }

    [Fact]
    public async Task Failures_AreCounted_ButNotAbsenceOrCancellation()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => _bucket.UploadAsync("a", _folder.At("none"), default));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => _bucket.GetAsync("a", default));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _bucket.UploadAsync("a", _folder.Write("f", "x"u8), new CancellationToken(canceled: true)));

        Assert.Equal((2, 1), (_counters[BucketOperation.Upload].Attempts, _counters[BucketOperation.Upload].Failures));
        Assert.Equal((1, 0), (_counters[BucketOperation.Get].Attempts, _counters[BucketOperation.Get].Failures));
        Assert.Equal(0, _counters.LastSuccessfulUploadMs);
    }

    private static long[] Counts(Distribution distribution)
    {
        var counts = new long[distribution.UpperBounds.Count + 1];
        distribution.Read(counts);
        return counts;
    }
}
