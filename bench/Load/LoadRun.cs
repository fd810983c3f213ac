using System.Diagnostics;

namespace Load;

/// <summary>Sends rounds over all connections; every thread owns its connection and its share of the requests.</summary>
/// <remarks>All threads meet after each round, so the first round, which creates the series, is measured apart from the
/// others.</remarks>
internal sealed class LoadRun(LoadOptions options, CompressedRequest[] requests, RequestFactory factory)
{
    private static readonly TimeSpan PastWhenEndless = TimeSpan.FromHours(1);

    private readonly SampleValues _values = new(options.Seed);
    private readonly PhaseResult[] _phases = [new(), new()];
    private readonly Lock _lock = new(); // Guards the phases while threads merge into them.
    private readonly int[] _generations = new int[requests.Length];
    private long _startedAt;
    private long _startedAtMs;
    private long _phaseStartedAt;
    private ProcessUsage _usageBefore;
    private TimeSpan _ownBefore;
    private long _firstTimestampMs;
    private int _round;
    private int _nextToReplace;
    private volatile bool _isOver;

    public PhaseResult Creation => _phases[0];

    public PhaseResult Steady => _phases[1];

    /// <summary>CPU seconds of the target between the end of the last round and the end of the settling time.</summary>
    public double SettleCpuSeconds { get; private set; }

    public int Rounds => _round;

    /// <summary>Compiles and pages in what a round runs, so that the first one does not pay for it.</summary>
    public void WarmUp()
    {
        foreach (var request in requests)
        {
            request.SetTimestamp(0);
            request.SetValues(_values, 0, 0);
        }
    }

    public void Execute()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var past = options.Duration > TimeSpan.Zero ? PastWhenEndless : options.Step * options.Rounds;
        _firstTimestampMs = options.Interval > TimeSpan.Zero ? now : now - (long)past.TotalMilliseconds;
        (_startedAt, _startedAtMs) = (Stopwatch.GetTimestamp(), now);
        StartPhase();
        var threads = new Thread[options.Connections];
        using var barrier = new Barrier(threads.Length, _ => EndRound());
        for (var i = 0; i < threads.Length; i++)
        {
            var connection = i;
            threads[i] = new Thread(() => Work(connection, barrier)) { Name = $"connection {i}" };
            threads[i].Start();
        }
        foreach (var thread in threads) thread.Join();
        Thread.Sleep(options.Settle);
        SettleCpuSeconds = TargetProcess.Read(options.Pids).CpuSeconds - _usageBefore.CpuSeconds;
    }

    private void Work(int connection, Barrier barrier)
    {
        using var client = new KeepAliveClient(options.Url);
        while (!_isOver)
        {
            var result = new PhaseResult();
            if (options.Interval > TimeSpan.Zero) SleepUntil(_startedAt, options.Interval * _round);
            for (var batch = connection; batch < requests.Length; batch += options.Connections) Send(client, batch, result);
            lock (_lock) _phases[Math.Min(_round, 1)].Merge(result);
            barrier.SignalAndWait();
        }
    }

    private void Send(KeepAliveClient client, int batch, PhaseResult result)
    {
        var request = requests[batch];
        // Targets are scraped at different moments.
        request.SetTimestamp(_firstTimestampMs + (_round * (long)Step.TotalMilliseconds) + (batch % 7));
        request.SetValues(_values, (long)batch * options.Batch, _round);
        var due = Stopwatch.GetTimestamp();
        if (options.RatePerSecond > 0)
        {
            var samplesBefore = ((double)_round * options.Series) + ((double)batch * options.Batch);
            due = SleepUntil(_startedAt, TimeSpan.FromSeconds(samplesBefore / options.RatePerSecond));
        }
        var status = client.Send(request.Bytes);
        var latency = Stopwatch.GetElapsedTime(due);
        var dueMs = _startedAtMs + (long)Stopwatch.GetElapsedTime(_startedAt, due).TotalMilliseconds;
        result.Add(status, dueMs, (int)latency.TotalMicroseconds, status / 100 == 2 ? "" : client.Body);
        result.Samples += request.ValueAt.Length;
    }

    private TimeSpan Step => options.Interval > TimeSpan.Zero ? options.Interval : options.Step;

    /// <summary>Runs on one thread while the others wait.</summary>
    private void EndRound()
    {
        var phase = _phases[Math.Min(_round, 1)];
        var usage = TargetProcess.Read(options.Pids);
        phase.Seconds += Stopwatch.GetElapsedTime(_phaseStartedAt).TotalSeconds;
        phase.TargetCpuSeconds += usage.CpuSeconds - _usageBefore.CpuSeconds;
        phase.OwnCpuSeconds += (Environment.CpuUsage.TotalTime - _ownBefore).TotalSeconds;
        phase.After = usage;
        _round++;
        _isOver = options.Duration > TimeSpan.Zero
            ? Stopwatch.GetElapsedTime(_startedAt) >= options.Duration
            : _round >= options.Rounds;
        if (!_isOver) ReplaceSeries();
        StartPhase();
    }

    /// <summary>Gives some requests new pods in place of the old ones, in turn; not counted as the generator's own
    /// cost.</summary>
    private void ReplaceSeries()
    {
        var count = (int)Math.Round(options.Churn * requests.Length);
        for (; count > 0; count--)
        {
            var batch = _nextToReplace++ % requests.Length;
            requests[batch] = factory.Create(batch, ++_generations[batch]);
        }
    }

    private void StartPhase()
    {
        _phaseStartedAt = Stopwatch.GetTimestamp();
        _usageBefore = TargetProcess.Read(options.Pids);
        _ownBefore = Environment.CpuUsage.TotalTime;
    }

    /// <returns>When the work was due, in stopwatch ticks.</returns>
    private static long SleepUntil(long start, TimeSpan after)
    {
        var left = after - Stopwatch.GetElapsedTime(start);
        if (left > TimeSpan.Zero) Thread.Sleep(left);
        return start + (long)(after.TotalSeconds * Stopwatch.Frequency);
    }
}
