using System.Globalization;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Model;

/// <summary>One thing that happens in a run. Times are relative to the run's clock, so a step means something without the others:
/// a failing list can be made shorter.</summary>
internal abstract record Step;

/// <summary>Time goes on.</summary>
internal sealed record Wait(long Ms) : Step
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Wait({Ms})");
}

/// <summary>One sample of a <see cref="Write"/>.</summary>
/// <param name="Series">Which series (<see cref="ModelSeries"/>).</param>
/// <param name="OffsetMs">Time from the clock's.</param>
/// <param name="Value">What.</param>
/// <param name="IsOtherSpelling">Whether the sender has the labels in another order.</param>
internal readonly record struct Entry(int Series, long OffsetMs, ValueSpec Value, bool IsOtherSpelling)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsOtherSpelling ? "~" : "")}i{Series} {OffsetMs:+0;-0;+0} {Value}");
}

/// <summary>Appends to an appender, which begins now unless it is at work.</summary>
internal sealed record Write(int Appender, IReadOnlyList<Entry> Entries) : Step
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"Write(appender {Appender}: {string.Join(", ", Entries)})");
}

/// <summary>Commits an appender, if it is at work.</summary>
internal sealed record Commit(int Appender) : Step
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Commit({Appender})");
}

/// <summary>Rolls an appender back, if it is at work.</summary>
internal sealed record Rollback(int Appender) : Step
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Rollback({Appender})");
}

/// <summary>Scrapes neighbouring series again and again; every scrape is a request of its own.</summary>
internal sealed record Scrape(int FirstSeries, int SeriesCount, int Times, long IntervalMs, ValueSpec First) : Step
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Scrape(i{FirstSeries}..i{FirstSeries + SeriesCount - 1}, {Times} times, every {IntervalMs} ms, from {First})");
}

/// <summary>The database's timer fires: complete chunks go to files.</summary>
internal sealed record Maintain : Step
{
    public override string ToString() => "Maintain()";
}

/// <summary>The receiver's tick, some time ahead of the samples' clock; perhaps while a reader is half through.</summary>
internal sealed record CutDue(long AheadMs, bool IsBeingRead) : Step
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"CutDue(+{AheadMs} ms{(IsBeingRead ? ", while it is read" : "")})");
}

/// <summary>The receiver's shutdown flush.</summary>
internal sealed record Flush : Step
{
    public override string ToString() => "Flush()";
}

/// <summary>Samples out of order go into blocks.</summary>
internal sealed record CompactLate : Step
{
    public override string ToString() => "CompactLate()";
}

/// <summary>Closes and opens.</summary>
internal sealed record Restart : Step
{
    public override string ToString() => "Restart()";
}

/// <summary>Goes on with a copy of the directory that was taken without closing.</summary>
internal sealed record Crash : Step
{
    public override string ToString() => "Crash()";
}

/// <summary>Applies retention; the shipper may not be done with the oldest block.</summary>
internal sealed record Retain(bool KeepsOldest) : Step
{
    public override string ToString() => $"Retain({(KeepsOldest ? "all but the oldest" : "all")})";
}

/// <summary>Deletes a range of the series that match, both ends included.</summary>
internal sealed record Delete(long FromMs, long ToMs, IReadOnlyList<Condition> Conditions) : Step
{
    /// <summary>So far from the clock is beyond everything.</summary>
    public const long Far = 1L << 40;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"Delete({FromMs:+0;-0;+0}..{ToMs:+0;-0;+0} ms, {{{string.Join(", ", Conditions)}}})");
}

/// <summary>Blocks with deletions are written again without them.</summary>
internal sealed record CleanTombstones : Step
{
    public override string ToString() => "CleanTombstones()";
}

/// <summary>One exemplar of an <see cref="Exemplify"/>.</summary>
/// <param name="Series">Which series.</param>
/// <param name="OffsetMs">Time from the clock's.</param>
/// <param name="Value">What.</param>
/// <param name="Trace">Its only label's value; 0 = it has none.</param>
/// <param name="HasTime">Whether its sender gave the time.</param>
internal readonly record struct Example(int Series, long OffsetMs, int Value, int Trace, bool HasTime)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"i{Series} {OffsetMs:+0;-0;+0} {Value} trace {Trace}{(HasTime ? "" : " without time")}");
}

/// <summary>Appends exemplars to an appender, which begins now unless it is at work.</summary>
internal sealed record Exemplify(int Appender, IReadOnlyList<Example> Examples) : Step
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"Exemplify(appender {Appender}: {string.Join(", ", Examples)})");
}

/// <summary>A condition of an <see cref="Ask"/> or a <see cref="Delete"/>.</summary>
internal readonly record struct Condition(string Name, MatchType Type, string Value)
{
    public override string ToString() => $"{Name}{((string[])["=", "!=", "=~", "!~"])[(int)Type]}\"{Value}\"";
}

/// <summary>Selects, and asks for label names and values, in a range relative to the clock, both ends included.</summary>
internal sealed record Ask(long FromMs, long ToMs, IReadOnlyList<Condition> Conditions) : Step
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"Ask({FromMs:+0;-0;+0}..{ToMs:+0;-0;+0} ms, {{{string.Join(", ", Conditions)}}})");
}
