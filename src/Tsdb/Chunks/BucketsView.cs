namespace Tsdb.Chunks;

/// <summary>The buckets of one sign: which there are, and their numbers as a histogram holds them; valid as long as its owner is
/// unchanged.</summary>
internal readonly ref struct BucketsView(ReadOnlySpan<BucketSpan> spans, ReadOnlySpan<ulong> numbers)
{
    public ReadOnlySpan<BucketSpan> Spans { get; } = spans;

    public ReadOnlySpan<ulong> Numbers { get; } = numbers;
}
