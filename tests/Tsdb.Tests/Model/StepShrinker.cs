using System.Linq;
namespace Tsdb.Tests.Model;

/// <summary>Proposes smaller cases than one that failed, boldest first.</summary>
internal static class StepShrinker
{
    public static IEnumerable<ModelCase> Smaller(ModelCase failed)
    {
        foreach (var steps in Shorter(failed.Steps)) yield return failed with { Steps = steps };
        for (var i = 0; i < failed.Steps.Count; i++)
        {
            foreach (var simpler in Simpler(failed.Steps[i]))
            {
                var steps = failed.Steps.ToArray();
                steps[i] = simpler;
                yield return failed with { Steps = steps };
            }
        }
        if (failed.Options.RangesPerBlock > 1) yield return failed with { Options = failed.Options with { RangesPerBlock = 1 } };
        if (failed.Options.LateMs > 0) yield return failed with { Options = failed.Options with { LateMs = 0 } };
        if (failed.Options.KeepsSnapshots) yield return failed with { Options = failed.Options with { KeepsSnapshots = false } };
        if (failed.Options.ExemplarsMax > 0) yield return failed with { Options = failed.Options with { ExemplarsMax = 0 } };
        if (failed.Options.FutureMs > 0) yield return failed with { Options = failed.Options with { FutureMs = 0 } };
    }

    /// <summary>Without a half, a quarter, …, a single one.</summary>
    private static IEnumerable<T[]> Shorter<T>(IReadOnlyList<T> list)
    {
        for (var length = (list.Count + 1) / 2; length > 0; length = length == 1 ? 0 : (length + 1) / 2)
        {
            for (var at = 0; at < list.Count; at += length)
                yield return [.. list.Take(at), .. list.Skip(at + length)];
        }
    }

    private static IEnumerable<Step> Simpler(Step step)
    {
        switch (step)
        {
            case Write write:
                foreach (var entries in Shorter(write.Entries))
                {
                    if (entries.Length > 0) yield return write with { Entries = entries };
                }
                for (var i = 0; i < write.Entries.Count; i++)
                {
                    foreach (var simpler in Simpler(write.Entries[i]))
                    {
                        var entries = write.Entries.ToArray();
                        entries[i] = simpler;
                        yield return write with { Entries = entries };
                    }
                }
                break;
            case Scrape scrape:
                if (scrape.SeriesCount > 1) yield return scrape with { SeriesCount = 1 };
                if (scrape.Times > 1) yield return scrape with { Times = scrape.Times / 2 };
                if (scrape.Times > 1) yield return scrape with { Times = scrape.Times - 1 };
                if (scrape.First.Kind != ValueKind.Float) yield return scrape with { First = new ValueSpec(ValueKind.Float, 1) };
                break;
            case Wait { Ms: > 1 } wait: yield return new Wait(wait.Ms / 2); break;
            case CutDue { IsBeingRead: true } cut: yield return cut with { IsBeingRead = false }; break;
            case Crash: yield return new Restart(); break;
            case Ask ask:
                foreach (var conditions in Shorter(ask.Conditions)) yield return ask with { Conditions = conditions };
                break;
            case Delete delete:
                foreach (var conditions in Shorter(delete.Conditions)) yield return delete with { Conditions = conditions };
                if (delete.FromMs > -Delete.Far) yield return delete with { FromMs = -Delete.Far };
                if (delete.ToMs < Delete.Far) yield return delete with { ToMs = Delete.Far };
                break;
            case Exemplify exemplify:
                foreach (var examples in Shorter(exemplify.Examples))
                    if (examples.Length > 0) yield return exemplify with { Examples = examples };
                break;
            default: break;
        }
    }

    private static IEnumerable<Entry> Simpler(Entry entry)
    {
        if (entry.IsOtherSpelling) yield return entry with { IsOtherSpelling = false };
        if (entry.OffsetMs != 0) yield return entry with { OffsetMs = 0 };
        if (entry.Value.Kind != ValueKind.Float)
            yield return entry with { Value = entry.Value with { Kind = ValueKind.Float } };
        if (entry.Series != 0) yield return entry with { Series = 0 };
    }
}
