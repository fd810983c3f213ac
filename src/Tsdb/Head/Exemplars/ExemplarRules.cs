using System.Text;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head.Exemplars;

/// <summary>Decides about one exemplar from the newest one of its series. Pure.</summary>
/// <remarks>Source: docs/formats/head.md, "Exemplars"; the order of checks is upstream's.</remarks>
internal static class ExemplarRules
{
    /// <summary>Code points that names and values of an exemplar's labels may have together: OpenMetrics' limit.</summary>
    public const int LabelCharactersMax = 128;

    /// <summary>What becomes of an exemplar.</summary>
    /// <param name="newest">The newest of its series; null when it has none.</param>
    /// <param name="exemplar">Labels without empty ones.</param>
    /// <param name="outOfOrderWindowMs">How far behind the newest it may be; 0 = not at all.</param>
    internal static ExemplarResult Decide(in Exemplar? newest, in Exemplar exemplar, long outOfOrderWindowMs)
    {
        if (CountCharacters(exemplar.Labels) > LabelCharactersMax) return ExemplarResult.LabelsTooLong;
        if (newest is not { } last) return ExemplarResult.Appended;
        if (AreEqual(last, exemplar)) return ExemplarResult.Duplicate;
        if (exemplar.TimestampMs < last.TimestampMs)
        {
            var isLate = (ulong)(last.TimestampMs - exemplar.TimestampMs) >= (ulong)outOfOrderWindowMs;
            return isLate ? ExemplarResult.OutOfOrder : ExemplarResult.Appended;
        }
        if (exemplar.TimestampMs > last.TimestampMs) return ExemplarResult.Appended;
        // At one time they must ascend by value, then by hash of their labels: senders repeat them in this order.
        var isBefore = exemplar.Value < last.Value
            || (exemplar.Value == last.Value && LabelsHash.Compute(exemplar.Labels) < LabelsHash.Compute(last.Labels));
        return isBefore ? ExemplarResult.OutOfOrder : ExemplarResult.Appended;
    }

    /// <summary>The labels that have a value.</summary>
    internal static LabelSet WithoutEmpty(LabelSet labels)
    {
        foreach (var label in labels)
        {
            if (!label.Value.IsEmpty) continue;
            using var buffer = new ByteBuffer();
            return LabelSet.FromEncoded(SeriesLabels.WithoutEmpty(labels.Encoded, buffer));
        }
        return labels;
    }

    private static bool AreEqual(in Exemplar a, in Exemplar b) =>
        (a.TimestampMs == b.TimestampMs || (!a.HasTimestamp && !b.HasTimestamp))
        && a.Value == b.Value // As numbers: a NaN is never a duplicate, and zeros are alike.
        && a.Labels == b.Labels;

    private static int CountCharacters(LabelSet labels)
    {
        var count = 0;
        foreach (var label in labels) count += CountCharacters(label.Name) + CountCharacters(label.Value);
        return count;
    }

    /// <summary>Code points of a text; a byte that is not UTF-8 counts as one.</summary>
    private static int CountCharacters(ReadOnlySpan<byte> text)
    {
        var count = 0;
        for (; !text.IsEmpty; count++)
        {
            var isValid = Rune.DecodeFromUtf8(text, out _, out var length) == System.Buffers.OperationStatus.Done;
            text = text[(isValid ? length : 1)..];
        }
        return count;
    }
}
