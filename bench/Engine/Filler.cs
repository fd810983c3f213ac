using Tsdb;
using Tsdb.Head;

namespace Engine;

/// <summary>Sends a workload's requests to a database, as the service's write path would.</summary>
internal sealed class Filler(Database database, Workload workload, EngineOptions options)
{
    private readonly int[] _ends = new int[options.Batch];

    /// <summary>Creates the series of one batch with their first sample.</summary>
    /// <param name="batch">Which.</param>
    /// <param name="clock">Runs only while the engine works, not while labels are made.</param>
    public void Create(int batch, UsageClock? clock = null)
    {
        var labels = workload.Labels(batch, _ends);
        var items = workload.Make(batch, round: 0);
        clock?.Start();
        using (var appender = database.CreateAppender())
        {
            appender.Find(items);
            var at = 0;
            for (var i = 0; i < items.Length; i++)
            {
                if (items[i].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[i], labels[at.._ends[i]]);
                at = _ends[i];
            }
            appender.Append(items);
            appender.Commit();
        }
        clock?.Stop();
    }

    /// <summary>Creates every series.</summary>
    public void CreateAll(string what)
    {
        var progress = new Progress(what, workload.Batches);
        for (var batch = 0; batch < workload.Batches; batch++)
        {
            Create(batch);
            progress.Step();
        }
    }

    /// <summary>Appends one request of a round.</summary>
    public void Append(int batch, int round) => Append(workload.Make(batch, round));

    /// <summary>Appends a request.</summary>
    public void Append(Span<AppendItem> items)
    {
        using var appender = database.CreateAppender();
        appender.Find(items);
        appender.Append(items);
        appender.Commit();
        if (items[^1].Result > AppendResult.Duplicate) throw new InvalidDataException($"a sample was {items[^1].Result}");
    }

    /// <summary>Appends whole rounds, from one up to and without another.</summary>
    public void AppendRounds(int from, int end, string what)
    {
        var progress = new Progress(what, end - from);
        for (var round = from; round < end; round++)
        {
            for (var batch = 0; batch < workload.Batches; batch++) Append(batch, round);
            progress.Step();
        }
    }
}
