using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Receiver.Tests.Hosting;

/// <summary>The whole process, started as an operator starts it.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("receiver-process-").FullName;
    private readonly HttpClient _client = new() { Timeout = Patience };

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Receive_Defaults_BecomesReadyServesAndEndsWithZero()
    {
        using var process = Start("--label=r=\"0\"");
        var addresses = await ListeningAsync(process);
        Assert.Equal("OK", await GetAsync(addresses["requests and metrics"], "/-/ready"));
        Assert.Equal("OK", await GetAsync(addresses["remote write"], "/-/healthy"));
        Assert.Contains("thanos_status{check=\"ready\",component=\"receive\"} 1",
            await GetAsync(addresses["requests and metrics"], "/metrics"), StringComparison.Ordinal);
        var page = await GetAsync(addresses["requests and metrics"], "/");
        Assert.Contains("default-tenant", page, StringComparison.Ordinal);
        Assert.Contains("IngestorOnly", page, StringComparison.Ordinal);
        var (code, log) = await SignalAsync(process, "TERM");
        Assert.Equal(0, code);
        AssertInOrder(log, "caught signal. Exiting.", "no longer listening for remote write", "flushing TSDBs",
            "uploading the final", "closing databases", "msg=exiting");
        Assert.False(File.Exists(Path.Combine(_directory, "data", "default-tenant", "lock")));
    }

    /// <summary>A property that MSBuild does not know is ignored, and the Web SDK's default is a heap for each core.</summary>
    [Fact]
    public void Settings_OfTheProcess_AreOneHeapWithoutProfiles()
    {
        using var settings =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "receiver.runtimeconfig.json")));
        var properties = settings.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        Assert.False(properties.GetProperty("System.GC.Server").GetBoolean());
        Assert.False(properties.GetProperty("System.Runtime.TieredPGO").GetBoolean());
    }

    [Fact]
    public async Task Receive_RouterOnly_MakesNoDataDirectory()
    {
        using var process = Start("--label=r=\"0\"", "--receive.hashrings=[{\"endpoints\":[\"127.0.0.1:1\"]}]");
        var addresses = await ListeningAsync(process);
        Assert.Equal("OK", await GetAsync(addresses["requests and metrics"], "/-/ready"));
        Assert.False(Directory.Exists(Path.Combine(_directory, "data")));
        Assert.Equal(0, (await SignalAsync(process, "INT")).Code);
    }

    [Fact]
    public async Task Receive_PortTaken_EndsWithOneAndOneErrorLine()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var process = Start("--label=r=\"0\"", $"--remote-write.address={taken.LocalEndpoint}");
        var log = await process.StandardError.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(1, process.ExitCode);
        var line = Assert.Single(log.Split('\n'), static l => l.Contains("level=error", StringComparison.Ordinal));
        Assert.Contains("address already in use", line, StringComparison.Ordinal);
        Assert.Contains("--remote-write.address", line, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Log)> SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(provider: null)]);
        var log = await process.StandardError.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, log);
    }

    private static void AssertInOrder(string log, params string[] parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            var found = log.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is missing or too early in:\n{log}");
            at = found;
        }
    }

    private Task<string> GetAsync(string address, string path) => _client.GetStringAsync(new Uri($"http://{address}{path}"));

    /// <summary>Reads the log until the process is ready: which address serves what.</summary>
    private static async Task<Dictionary<string, string>> ListeningAsync(Process process)
    {
        var (addresses, log) = (new Dictionary<string, string>(), new StringBuilder());
        while (await process.StandardError.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            log.AppendLine(line);
            if (line.Contains("listening for ", StringComparison.Ordinal))
                addresses[line.Split("listening for ")[1].Split('"')[0]] = line.Split("address=")[1].Trim();
            if (line.Contains("status=ready", StringComparison.Ordinal)) return addresses;
        }
        throw new InvalidOperationException($"the process ended:\n{log}");
    }

    private Process Start(params string[] flags)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        { RedirectStandardError = true, WorkingDirectory = _directory };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "receiver.dll"));
        start.ArgumentList.Add("receive");
        foreach (var name in (string[])["http-address", "grpc-address", "remote-write.address"])
        {
            if (!Array.Exists(flags, f =>
                f.StartsWith($"--{name}=", StringComparison.Ordinal))) start.ArgumentList.Add($"--{name}=127.0.0.1:0");
        }
        foreach (var flag in flags) start.ArgumentList.Add(flag);
        return Process.Start(start)!;
    }
}
