using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>An index that can also tell the labels of a series it refers to.</summary>
internal interface ILabelSource : IPostingsSource
{
    /// <summary>Labels of a series.</summary>
    /// <param name="seriesRef">A reference this source gave.</param>
    LabelSet LabelsOf(uint seriesRef);
}
