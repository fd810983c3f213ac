using System.Globalization;

namespace Integration.Fixture;

/// <summary>Debian's node exporter.</summary>
internal sealed class NodeExporter : IAsyncDisposable
{
    private readonly ChildProcess _process;

    public NodeExporter() => _process = ChildProcess.Start("prometheus-node-exporter", $"--web.listen-address={Address}");

    public string Address { get; } = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePorts.Next()}");

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>Debian's Prometheus in agent mode: scrapes itself and another target every second and writes to one URL.</summary>
internal sealed class PrometheusAgent : IAsyncDisposable
{
    private readonly ChildProcess _process;

    public PrometheusAgent(string directory, string exporter, Uri url)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePorts.Next()}");
        var config = Path.Combine(directory, "agent.yml");
        // Short pauses, so that what failed while a receiver is away is soon sent again.
        File.WriteAllText(config, $$"""
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
              external_labels: {cluster: demo}
            scrape_configs:
              - job_name: agent
                static_configs:
                  - targets: ['{{address}}']
              - job_name: node
                static_configs:
                  - targets: ['{{exporter}}']
            remote_write:
              - url: {{url}}
                queue_config: {batch_send_deadline: 1s, min_backoff: 50ms, max_backoff: 1s, max_shards: 4}
            """);
        _process = ChildProcess.Start("prometheus", "--enable-feature=agent", $"--config.file={config}",
            $"--storage.agent.path={Path.Combine(directory, "agent")}", $"--web.listen-address={address}");
    }

    public bool IsRunning => !_process.HasExited;

    public string Log => _process.Log;

    /// <summary>Asks it to end; it first sends what it still holds.</summary>
    public async Task StopAsync()
    {
        _process.Signal(ChildProcess.Terminate);
        var code = await _process.ExitAsync(TimeSpan.FromSeconds(30));
        Assert.True(code == 0, $"the agent ended with {code}:\n{Log}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
