using System.Globalization;
using System.Net;

namespace Integration.Fixture;

/// <summary>The built receiver as a process of its own, on free loopback ports that it keeps over restarts.</summary>
internal sealed class ReceiverProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http = new() { Timeout = Patience };
    private readonly string[] _flags;
    private ChildProcess? _process;
    private string _earlierLogs = "";

    /// <summary>Prepares one; <see cref="StartAsync"/> starts it.</summary>
    /// <param name="dataDirectory">Value of --tsdb.path.</param>
    /// <param name="replica">Value of its external label "receive_replica".</param>
    /// <param name="flags">More flags, after the addresses, the path and the label.</param>
    public ReceiverProcess(string dataDirectory, string replica, params string[] flags)
    {
        DataDirectory = dataDirectory;
        _flags = flags;
        HttpPort = FreePorts.Next();
        GrpcPort = FreePorts.Next();
        WritePort = FreePorts.Next();
        Replica = replica;
    }

    public string DataDirectory { get; }

    public string Replica { get; }

    public int HttpPort { get; }

    public int GrpcPort { get; }

    public int WritePort { get; }

    public string GrpcAddress => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{GrpcPort}");

    public Uri WriteUrl => Url(WritePort, "/api/v1/receive");

    /// <summary>More flags, known only when all receivers of a ring have their ports.</summary>
    public IReadOnlyList<string> RingFlags { get; set; } = [];

    /// <summary>What it logged, over all its starts.</summary>
    public string Log => _earlierLogs + _process?.Log;

    public static Uri Url(int port, string path) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}"));

    /// <summary>Starts it and returns when it says that it is ready.</summary>
    public async Task StartAsync()
    {
        if (!File.Exists(Programs.Receiver)) Assert.Fail($"{Programs.Receiver} is missing: build the solution first");
        _earlierLogs = Log;
        _process = ChildProcess.Start(Programs.Receiver,
        [
            "receive", $"--tsdb.path={DataDirectory}", $"--label=receive_replica=\"{Replica}\"",
            $"--http-address=127.0.0.1:{HttpPort}", $"--grpc-address={GrpcAddress}",
            $"--remote-write.address=127.0.0.1:{WritePort}",
            .. _flags, .. RingFlags,
        ]);
        await Until.TrueAsync(IsReadyAsync, Patience, () => $"receiver {Replica} is not ready:\n{Log}");
    }

    /// <summary>Ends it without warning (SIGKILL).</summary>
    public async Task KillAsync() => await _process!.KillAsync();

    /// <summary>Asks it to end (SIGTERM): it flushes, uploads and must exit with 0.</summary>
    public async Task StopGracefullyAsync()
    {
        _process!.Signal(ChildProcess.Terminate);
        var code = await _process.ExitAsync(Patience);
        Assert.True(code == 0, $"receiver {Replica} ended with {code}:\n{Log}");
    }

    /// <summary>POSTs one compressed remote-write 1.0 body.</summary>
    public async Task<(HttpStatusCode Status, string Text)> WriteAsync(byte[] body, string tenant = "default-tenant")
    {
        using var request = WriteBody.Request(WriteUrl, body, tenant);
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Whether the process runs; not whether it answers.</summary>
    public bool IsRunning => _process is { HasExited: false };

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process!.HasExited) Assert.Fail($"receiver {Replica} ended with {_process.ExitCode}:\n{Log}");
        try
        {
            using var response = await _http.GetAsync(Url(HttpPort, "/-/ready"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
