using System.Diagnostics;
using System.Text;
using Receiver.Hosting;
using Receiver.Options;
using Receiver.Telemetry;
using TestKit;
using Tsdb.Memory;

namespace Receiver.Tests.Hosting;

public sealed class HashringSourceTests : IDisposable
{
    private const string OneRing = """[{"hashring":"h","endpoints":["a:1"]}]""";
    private const string TwoNodes =
        """[{"hashring":"h","tenants":["t"],"endpoints":["a:1","b:1"],"external_labels":{"x":"y"}}]""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("receiver-rings-").FullName;
    private readonly MetricRegistry _registry = new();
    private readonly RecordingLog<HashringSource> _log = new();

    private string File1 => Path.Combine(_directory, "rings.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Load_NoRing_IsTheLocalEndpointAlone()
    {
        var snapshot = Source(new() { LocalEndpoint = "me:1" }, ReceiverMode.IngestorOnly).Load();
        Assert.Equal("me:1", Assert.Single(snapshot.Rings.Nodes).Address);
        Assert.Empty(snapshot.Configs);
    }

    [Theory]
    [InlineData("{", "failed to validate hashring configuration content: unexpected end of JSON input")]
    [InlineData(" ", "failed to validate hashring configuration content: unexpected end of JSON input")]
    public void Load_BadText_EndsTheStart(string text, string message)
    {
        var error = Assert.Throws<StartException>(() => Source(new() { Hashrings = text }, ReceiverMode.RouterOnly).Load());
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Load_KetamaWithTooFewNodes_EndsTheStart()
    {
        var options = new ReceiveOptions { Hashrings = OneRing, IsKetama = true, ReplicationFactor = 2 };
        var error = Assert.Throws<StartException>(() => Source(options, ReceiverMode.RouterOnly).Load());
        Assert.Equal(
            "unable to create new hashring from config: ketama: amount of endpoints needs to be larger than replication factor",
            error.Message);
    }

    [Fact]
    public void Load_MissingFile_EndsTheStartAndNamesIt()
    {
        var error = Assert.Throws<StartException>(() => Source(FileOptions(), ReceiverMode.RouterOnly).Load());
        Assert.Contains($"open {File1}: no such file or directory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rewrite")]
    [InlineData("rename")]
    [InlineData("symlink swap")]
    public async Task Start_FileReplaced_IsSeenWithoutWaitingForTheTimer(string how)
    {
        var path = Path.Combine(_directory, "data1", "rings.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, OneRing);
        Directory.CreateSymbolicLink(Path.Combine(_directory, "..data"), "data1");
        File.CreateSymbolicLink(File1, Path.Combine("..data", "rings.json"));
        if (how != "symlink swap")
        {
            File.Delete(File1);
            await File.WriteAllTextAsync(File1, OneRing);
        }
        await using var source = Source(FileOptions(), ReceiverMode.RouterOnly);
        Assert.Single(source.Load().Rings.Nodes);
        var seen = new TaskCompletionSource<HashringSnapshot>();
        source.Start((snapshot, _) =>
        {
            seen.TrySetResult(snapshot);
            return Task.CompletedTask;
        });
        await ReplaceAsync(how);
        var snapshot = await seen.Task.WaitAsync(Patience);
        Assert.Equal(2, snapshot.Rings.Nodes.Count);
        Assert.Equal("{x=\"y\"}", snapshot.LabelsByTenant()["t"].ToString());
    }

    [Fact]
    public async Task Start_BadDocument_KeepsTheOldRingAndSaysSo()
    {
        await File.WriteAllTextAsync(File1, OneRing);
        var clock = new ManualClock();
        await using var source = Source(FileOptions(), ReceiverMode.RouterOnly, clock);
        source.Load();
        Assert.Equal(1, Metric("thanos_receive_config_last_reload_successful"));
        var seen = new TaskCompletionSource<HashringSnapshot>();
        await File.WriteAllTextAsync(File1, "{");
        source.Start((snapshot, _) =>
        {
            seen.TrySetResult(snapshot);
            return Task.CompletedTask;
        });
        await clock.UntilTimersAsync(1).WaitAsync(Patience);
        clock.Advance(TimeSpan.FromMinutes(5));
        await clock.UntilTimersAsync(1).WaitAsync(Patience);
        Assert.False(seen.Task.IsCompleted);
        Assert.Contains(_log.Messages, static m => m.Contains("the old one stays", StringComparison.Ordinal));
        Assert.Equal(0, Metric("thanos_receive_config_last_reload_successful"));
        Assert.Equal(1, Metric("thanos_receive_hashrings_file_errors_total"));
        Assert.Equal(1, Metric("thanos_receive_hashring_nodes{name=\"h\"}"));
    }

    private async Task ReplaceAsync(string how)
    {
        switch (how)
        {
            case "rewrite":
                await File.WriteAllTextAsync(File1, TwoNodes);
                break;
            case "rename":
                await File.WriteAllTextAsync(File1 + ".new", TwoNodes);
                File.Move(File1 + ".new", File1, overwrite: true);
                break;
            default:
                Directory.CreateDirectory(Path.Combine(_directory, "data2"));
                await File.WriteAllTextAsync(Path.Combine(_directory, "data2", "rings.json"), TwoNodes);
                Directory.CreateSymbolicLink(Path.Combine(_directory, "..tmp"), "data2");
                // File.Move looks through a link to a directory; a rename of the link itself is what the kubelet does.
                using (var rename =
                    Process.Start("mv", ["-T", Path.Combine(_directory, "..tmp"), Path.Combine(_directory, "..data")]))
                    await rename.WaitForExitAsync();
                break;
        }
    }

    private ReceiveOptions FileOptions() => new() { HashringsFile = File1 };

    private HashringSource Source(ReceiveOptions options, ReceiverMode mode, TimeProvider? clock = null) =>
        new(options, mode, _registry, clock ?? TimeProvider.System, _log);

    private double Metric(string series)
    {
        using var output = new ByteBuffer();
        _registry.Write(output, MetricFormat.Text);
        foreach (var line in Encoding.UTF8.GetString(output.Written).Split('\n'))
        {
            if (line.StartsWith(series + " ", StringComparison.Ordinal)) return double.Parse(line[(series.Length + 1)..], null);
        }
        throw new InvalidOperationException($"{series} is not exported");
    }
}
