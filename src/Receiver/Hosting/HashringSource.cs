using System.Text;
using Hashring;
using Receiver.Options;
using Receiver.Telemetry;

namespace Receiver.Hosting;

/// <summary>Where the hash rings come from: the local endpoint alone, a text, or a watched file.</summary>
/// <remarks>
/// Owns one task while a file is watched. The file's directory is watched, not the file: an editor's rename and a ConfigMap's
/// symlink swap are seen at once. A new document that cannot be used is logged and counted, and the old rings stay. Source:
/// pkg/receive/config.go.
/// </remarks>
internal sealed class HashringSource : IAsyncDisposable
{
    // A writer that truncates and then writes is done by then; upstream reads the empty file and counts an error.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(20);

    private readonly ReceiveOptions _options;
    private readonly ReceiverMode _mode;
    private readonly HashringMetrics? _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _touched = new(0);
    private byte[] _document = [];
    private Task _loop = Task.CompletedTask;
    private FileSystemWatcher? _watcher;

    /// <summary>Knows where to look; reads nothing yet.</summary>
    public HashringSource(ReceiveOptions options, ReceiverMode mode, MetricRegistry registry, TimeProvider clock,
        ILogger<HashringSource> log)
    {
        (_options, _mode, _clock, _log) = (options, mode, clock, log);
        if (options.HashringsFile.Length > 0) _metrics = new(registry);
    }

    /// <summary>Reads the rings for the first time.</summary>
    /// <exception cref="StartException">They cannot be used; the text is upstream's.</exception>
    public HashringSnapshot Load()
    {
        if (_mode == ReceiverMode.IngestorOnly) return Single();
        if (_options.HashringsFile.Length == 0)
        {
            if (!HashringConfig.TryParse(Encoding.UTF8.GetBytes(_options.Hashrings), out var inline, out var error))
                throw new StartException($"failed to validate hashring configuration content: {error}");
            return inline is null ? Single() : Build(inline, out error) ?? throw NotBuilt(error);
        }
        var snapshot = ReadFile(out var reason) ??
            throw new StartException($"failed to validate hashring configuration file: {reason}");
        return snapshot;
    }

    /// <summary>Begins to watch the file, if there is one.</summary>
    /// <param name="changed">Told of each new snapshot, one at a time; its failure is logged.</param>
    public void Start(Func<HashringSnapshot, CancellationToken, Task> changed)
    {
        if (_metrics is null) return;
        try
        {
            var path = Path.GetFullPath(_options.HashringsFile);
            _watcher = new(Path.GetDirectoryName(path)!) { IncludeSubdirectories = false };
            _watcher.Changed += (_, e) => Touch(e.Name, path);
            _watcher.Created += (_, e) => Touch(e.Name, path);
            _watcher.Deleted += (_, e) => Touch(e.Name, path);
            _watcher.Renamed += (_, e) => Touch(e.Name, path);
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        { _log.RingUnwatched(e, _options.HashringsRefreshInterval); }
        _loop = RunAsync(changed, _stop.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _watcher?.Dispose();
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _touched.Dispose();
    }

    private static StartException NotBuilt(string error) => new($"unable to create new hashring from config: {error}");

    // "..data" and its like: the symlink through which a ConfigMap's files are reached.
    private void Touch(string? name, string path)
    {
        if (name == Path.GetFileName(path) || (name?.StartsWith("..", StringComparison.Ordinal) ?? true)) _touched.Release();
    }

    private async Task RunAsync(Func<HashringSnapshot, CancellationToken, Task> changed, CancellationToken stop)
    {
        while (true)
        {
            await WaitAsync(stop);
            if (ReadFile(out var reason) is not { } snapshot)
            {
                if (reason.Length > 0) _log.RingRefused(_options.HashringsFile, reason);
                continue;
            }
            try { await changed(snapshot, stop); }
            catch (Exception e) when (!stop.IsCancellationRequested) { _log.StopStepUnsuccessful(e, "installing the hashring"); }
        }
    }

    /// <summary>Until the file was touched, and has settled, or the interval is over.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        using var round = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var touched = _touched.WaitAsync(round.Token);
        await Task.WhenAny(touched, Task.Delay(_options.HashringsRefreshInterval, _clock, round.Token));
        var wasTouched = touched.IsCompletedSuccessfully;
        await round.CancelAsync();
        stop.ThrowIfCancellationRequested();
        if (!wasTouched) return;
        await Task.Delay(SettleTime, _clock, stop);
        while (await _touched.WaitAsync(0, stop))
        {
            // One look answers all events so far.
        }
    }

    /// <summary>Reads and builds; null with an empty reason when nothing changed.</summary>
    private HashringSnapshot? ReadFile(out string reason)
    {
        _metrics!.Attempt();
        reason = "";
        byte[] document;
        try { document = File.ReadAllBytes(_options.HashringsFile); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = FileText.Describe("open", _options.HashringsFile, e);
            _metrics.Refused();
            return null;
        }
        if (document.AsSpan().SequenceEqual(_document))
        {
            _metrics.Unchanged();
            return null;
        }
        var snapshot = HashringConfig.TryParseFile(_options.HashringsFile, document, out var configs, out reason)
            ? Build(configs, out reason) : null;
        if (snapshot is null)
        {
            _metrics.Refused();
            return null;
        }
        _document = document;
        _metrics.Changed(HashringConfig.ContentHash(document), _clock.GetUtcNow(), configs);
        return snapshot;
    }

    private HashringSnapshot? Build(IReadOnlyList<HashringConfig> configs, out string error)
    {
        var rings =
            MultiHashring.Create(configs, _options.IsKetama ? "ketama" : "hashmod", _options.ReplicationFactor, out error);
        if (rings is null) return null;
        _log.RingInstalled(configs.Count, rings.Nodes.Count);
        return new(rings, configs);
    }

    private HashringSnapshot Single()
    {
        _log.RingSingle();
        return new(MultiHashring.FromSingle(new(_options.LocalEndpoint, _options.LocalEndpoint, "")), []);
    }
}
