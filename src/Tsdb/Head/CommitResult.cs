namespace Tsdb.Head;

/// <summary>What a commit did not keep of what had been accepted: between decision and commit something newer came to the
/// series.</summary>
/// <remarks>A sample that is stored already, with the same time and the same value, is not among them.</remarks>
/// <param name="OutOfOrder">Another request stored something newer; the caller must not acknowledge these.</param>
/// <param name="Duplicate">Another request stored another value at the same time; the caller must not acknowledge
/// these.</param>
/// <param name="WithinRequest">An earlier sample of the same request and series is as new or newer. Upstream acknowledges such
/// requests (decision 0099).</param>
/// <param name="LateDuplicate">Another value of that time came out of order before, and stays. Upstream acknowledges such
/// requests (decision 0117).</param>
public readonly record struct CommitResult(int OutOfOrder, int Duplicate, int WithinRequest, int LateDuplicate = 0)
{
    /// <summary>Samples that another request made unacceptable.</summary>
    public int Overtaken => OutOfOrder + Duplicate;
}
