namespace Load;

/// <summary>What one phase (creation, or all rounds after it) brought about.</summary>
internal sealed class PhaseResult
{
    private readonly List<int> _latenciesMicroseconds = [];
    private readonly List<long> _dueMs = [];

    public long Samples { get; set; }

    public double Seconds { get; set; }

    public double TargetCpuSeconds { get; set; }

    public double OwnCpuSeconds { get; set; }

    public ProcessUsage After { get; set; }

    /// <summary>Answers by status, 0 = broken connection.</summary>
    public SortedDictionary<int, long> Statuses { get; } = [];

    public string FirstError { get; private set; } = "";

    /// <summary>Requests without a 2xx answer.</summary>
    public long Errors
    {
        get
        {
            var errors = 0L;
            foreach (var (status, count) in Statuses) errors += status / 100 == 2 ? 0 : count;
            return errors;
        }
    }

    /// <summary>CPU seconds of the target for a million samples.</summary>
    public double CpuPerMillion => Samples == 0 ? 0 : TargetCpuSeconds / Samples * 1e6;

    public void Add(int status, long dueMs, int latencyMicroseconds, string body)
    {
        Statuses[status] = Statuses.GetValueOrDefault(status) + 1;
        _latenciesMicroseconds.Add(latencyMicroseconds);
        _dueMs.Add(dueMs);
        if (status / 100 != 2 && FirstError.Length == 0) FirstError = $"{status}: {body.ReplaceLineEndings(" ")}";
    }

    /// <summary>Takes over what another thread has counted.</summary>
    public void Merge(PhaseResult other)
    {
        Samples += other.Samples;
        foreach (var (status, count) in other.Statuses) Statuses[status] = Statuses.GetValueOrDefault(status) + count;
        _latenciesMicroseconds.AddRange(other._latenciesMicroseconds);
        _dueMs.AddRange(other._dueMs);
        if (FirstError.Length == 0) FirstError = other.FirstError;
    }

    /// <summary>A line for each request: when it was due (Unix milliseconds) and its latency (microseconds).</summary>
    /// <remarks>Before <see cref="LatencyMs"/> is asked, which sorts.</remarks>
    public void WriteLatencies(TextWriter to)
    {
        for (var i = 0; i < _dueMs.Count; i++) to.WriteLine($"{_dueMs[i]} {_latenciesMicroseconds[i]}");
    }

    /// <summary>The latency that a share of the requests does not exceed, milliseconds.</summary>
    public double LatencyMs(double share)
    {
        if (_latenciesMicroseconds.Count == 0) return 0;
        _latenciesMicroseconds.Sort();
        var at = (int)Math.Ceiling(share * _latenciesMicroseconds.Count) - 1;
        return _latenciesMicroseconds[Math.Clamp(at, 0, _latenciesMicroseconds.Count - 1)] / 1000.0;
    }
}
