using Receiver.RemoteWrite;
using Tsdb.Head;

namespace Receiver.Tests.RemoteWrite;

public class WriterErrorsTests
{
    [Fact]
    public void ToResult_SamplesOvertakenByAnotherRequest_IsAConflict()
    {
        var errors = default(WriterErrors);
        errors.Add(AppendResult.OutOfOrder);
        errors.Add(new CommitResult(OutOfOrder: 2, Duplicate: 1, WithinRequest: 4));
        var result = errors.ToResult();
        Assert.Equal(409, result.HttpStatus);
        Assert.Contains("add 3 samples: out of order sample", result.Text, StringComparison.Ordinal);
        Assert.Contains("add 1 samples: duplicate sample for timestamp", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ToResult_CollisionsInsideTheRequestOnly_IsStored()
    {
        var errors = default(WriterErrors);
        errors.Add(new CommitResult(0, 0, WithinRequest: 4));
        Assert.True(errors.ToResult().IsStored);
    }

    [Fact]
    public void ToResult_ConflictAndARefusedCommit_IsWorthARetry()
    {
        var errors = new WriterErrors { Commit = "no space left" };
        errors.Add(AppendResult.OutOfOrder);
        var result = errors.ToResult();
        Assert.Equal(500, result.HttpStatus);
        Assert.Equal("2 errors: add 1 samples: out of order sample; commit samples: no space left", result.Text);
    }
}
