using Receiver.Tenancy;
using Tsdb;
using Tsdb.Labels;

namespace Receiver.Tests.Tenancy;

public sealed class ExternalLabelsTests
{
    private static TenancyOptions Options(LabelSet labels) => new()
    {
        Database = new DatabaseOptions { Directory = "unused" },
        Labels = labels,
        TenantLabelName = "tenant_id",
    };

    [Fact]
    public void For_TenantOnly_IsTheTenantLabel() =>
        Assert.Equal(LabelSet.FromStrings(("tenant_id", "t")), ExternalLabels.For(Options(LabelSet.Empty), "t", LabelSet.Empty));

    [Fact]
    public void For_AllThree_TenantWinsOverReceiverWinsOverHashring()
    {
        var receiver = LabelSet.FromStrings(("replica", "r0"), ("tenant_id", "from-label"), ("cluster", "c"));
        var hashring = LabelSet.FromStrings(
            ("cluster", "from-ring"), ("tenant_id", "from-ring"), ("team", "x"), ("a", "first"), ("z", "last"));

        var expected = LabelSet.FromStrings(
            ("a", "first"), ("cluster", "c"), ("replica", "r0"), ("team", "x"), ("tenant_id", "t"), ("z", "last"));
        Assert.Equal(expected, ExternalLabels.For(Options(receiver), "t", hashring));
    }

    [Fact]
    public void Merge_EmptySides_GivesTheOther()
    {
        var labels = LabelSet.FromStrings(("a", "1"));
        Assert.Equal(labels, ExternalLabels.Merge(labels, LabelSet.Empty));
        Assert.Equal(labels, ExternalLabels.Merge(LabelSet.Empty, labels));
        Assert.Equal(LabelSet.Empty, ExternalLabels.Merge(LabelSet.Empty, LabelSet.Empty));
    }
}
