namespace Tsdb.Head;

/// <summary>A commit stored everything but its samples out of order: their log or files refused them.</summary>
/// <remarks>It comes after the rest is visible, and final. The caller must not acknowledge the request.</remarks>
public sealed class LateLogException : IOException
{
    /// <summary>For a failure to write.</summary>
    /// <param name="failure">What the disk said, with the path.</param>
    /// <param name="result">What became of the samples in order.</param>
    public LateLogException(IOException failure, CommitResult result)
        : base($"samples out of order are not stored: {failure.Message}", failure) => Result = result;

    /// <summary>What became of the samples in order.</summary>
    public CommitResult Result { get; }
}
