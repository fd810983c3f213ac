using Tsdb.Head;
using Tsdb.Head.Exemplars;

namespace Receiver.RemoteWrite;

/// <summary>Counts, by reason, what one database refused of one request, and puts it into words.</summary>
/// <remarks>
/// Reasons are sorted by their bytes; one stands alone, more are led by their number. Class: full before a failed commit
/// before conflict, so that a 409 always means that what was valid is stored (decision 0130). Source of the texts:
/// docs/formats/remote-write.md.
/// </remarks>
internal struct WriterErrors
{
    private int _emptyLabels;
    private int _duplicateLabels;
    private int _unorderedLabels;
    private int _outOfOrder;
    private int _duplicate;
    private int _outOfBounds;
    private int _tooOld;
    private int _lateExemplars;
    private int _longExemplars;
    private int _invalidHistograms;
    private string? _histogramFault;

    /// <summary>Series that were not created because the head is at its limit.</summary>
    public int Full { get; set; }

    /// <summary>What went wrong while the log was written; null when it went well.</summary>
    public string? Commit { get; set; }

    /// <summary>Counts a series with bad labels.</summary>
    public void Add(LabelsVerdict verdict)
    {
        switch (verdict)
        {
            case LabelsVerdict.Empty: _emptyLabels++; break;
            case LabelsVerdict.Duplicate: _duplicateLabels++; break;
            case LabelsVerdict.OutOfOrder: _unorderedLabels++; break;
            default: break;
        }
    }

    /// <summary>Counts a sample that was not accepted; one without a series was counted with its series.</summary>
    public void Add(AppendResult result)
    {
        switch (result)
        {
            case AppendResult.DuplicateConflict: _duplicate++; break;
            case AppendResult.OutOfOrder: _outOfOrder++; break;
            case AppendResult.OutOfBounds or AppendResult.TooFarAhead: _outOfBounds++; break;
            case AppendResult.TooOld: _tooOld++; break;
            default: break;
        }
    }

    /// <summary>Counts an exemplar that was not accepted.</summary>
    public void Add(ExemplarResult result)
    {
        if (result == ExemplarResult.OutOfOrder) _lateExemplars++;
        else if (result == ExemplarResult.LabelsTooLong) _longExemplars++;
    }

    /// <summary>Counts samples that were accepted and then overtaken by another request; they are not stored.</summary>
    /// <remarks>Those that the request itself made impossible are not counted: upstream acknowledges them.</remarks>
    public void Add(CommitResult result)
    {
        _outOfOrder += result.OutOfOrder;
        _duplicate += result.Duplicate;
    }

    /// <summary>Counts a native histogram that contradicts itself; the first one's fault is told.</summary>
    public void AddInvalidHistogram(string fault)
    {
        _invalidHistograms++;
        _histogramFault ??= fault;
    }

    private readonly int Conflicts =>
        _emptyLabels + _duplicateLabels + _unorderedLabels + _outOfOrder + _duplicate + _outOfBounds + _tooOld
            + _invalidHistograms + _lateExemplars + _longExemplars;

    /// <summary>The class and the text of everything counted; stored when nothing was.</summary>
    public readonly WriteResult ToResult()
    {
        if (Conflicts == 0 && Full == 0 && Commit is null) return WriteResult.Stored;
        var reasons = new List<string>();
        AddReason(reasons, _outOfOrder, "samples: out of order sample");
        AddReason(reasons, _duplicate, "samples: duplicate sample for timestamp");
        AddReason(reasons, _outOfBounds, "samples: out of bounds");
        AddReason(reasons, _tooOld, "samples: too old sample");
        AddReason(reasons, _lateExemplars, "exemplars: out of order exemplar");
        AddReason(reasons, _longExemplars,
            "exemplars: label length for exemplar exceeds maximum of 128 UTF-8 characters");
        AddReason(reasons, _duplicateLabels, "series: label set contains duplicate label names");
        AddReason(reasons, _emptyLabels, "series: label set contains a label with empty name or value");
        AddReason(reasons, _unorderedLabels, "series: out of order labels");
        AddReason(reasons, _invalidHistograms, "histograms: " + _histogramFault);
        AddReason(reasons, Full, "series: head is at its memory limit");
        if (Commit is not null) reasons.Add("commit samples: " + Commit);
        var outcome = Full > 0 ? WriteOutcome.Unavailable : Commit is null ? WriteOutcome.Conflict : WriteOutcome.Failed;
        return new WriteResult(outcome, Reasons.Join(reasons));
    }

    private static void AddReason(List<string> to, int count, string what)
    {
        if (count > 0) to.Add($"add {count} {what}");
    }
}
