using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Integration.Fixture;
using TestKit;

namespace Integration.Commands;

/// <summary>The command that a newcomer types.</summary>
/// <remarks>It uses the default ports, because that is what it is for: where they are taken its tests are skipped.</remarks>
[Trait("Category", "Slow")]
public sealed class RunScriptTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly int[] DefaultPorts = [10901, 10902, 19291];
    private static readonly int[] ClusterPorts = [.. DefaultPorts, 11901, 11902, 20291, 12901, 12902, 21291, 19100, 19590];

    [Fact]
    public async Task Help_Asked_NamesEveryForm()
    {
        var (code, output) = await ChildProcess.RunAsync(Patience, Script("--help"));
        Assert.Equal(0, code);
        foreach (var form in (string[])["./run", "--demo", "--cluster", "--publish DIR", "--self-contained", "--data"])
            Assert.Contains(form, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Argument_Unknown_IsRefusedInOneLine()
    {
        var (code, output) = await ChildProcess.RunAsync(Patience, Script("--demonstrate"));
        Assert.Equal(1, code);
        Assert.Contains("--demonstrate", Assert.Single(Lines(output)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Start_WithoutArguments_RunsUntilInterrupted()
    {
        SkipIfTaken(DefaultPorts);
        using var folder = new TempFolder();
        await using var run = ChildProcess.Start(Script("--data", folder.At("data")));
        await SaysAsync(run, "Ctrl-C");
        Assert.Contains("url: http://127.0.0.1:19291/api/v1/receive", run.Log, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:10902/", run.Log, StringComparison.Ordinal);
        Assert.Contains(folder.At("data"), run.Log, StringComparison.Ordinal);

        using var client = new HttpClient();
        var body = WriteBody.Of(([("__name__", "up")], 1_700_000_000_000, 1));
        using var write = WriteBody.Request(ReceiverProcess.Url(19291, "/api/v1/receive"), body, "my-team");
        using var answer = await client.SendAsync(write);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var page = await client.GetAsync(ReceiverProcess.Url(10902, "/"));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        (await StoreReader.ReadAsync("127.0.0.1:10901", "my-team")).AssertHolds(WriteBody.Samples(body), "through ./run");

        run.Signal(ChildProcess.Interrupt);
        Assert.Equal(130, await run.ExitAsync(Patience)); // 128 + SIGINT, as shells report an interrupted command.
        foreach (var port in DefaultPorts) Assert.True(FreePorts.IsFree(port), $"port {port} is still served\n{run.Log}");
        // One sample: the stop has made it a block, and the bucket is a folder.
        Assert.NotEmpty(Directory.GetFiles(folder.At("data", "bucket"), "meta.json", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public async Task DemoOfACluster_Started_FillsAllThreeAndStopsSoon()
    {
        Programs.Require("prometheus prometheus-node-exporter", "prometheus", "prometheus-node-exporter");
        SkipIfTaken(ClusterPorts);
        using var folder = new TempFolder();
        await using var run = ChildProcess.Start(Script("--demo", "--cluster", "--data", folder.At("data")));
        await SaysAsync(run, "Ctrl-C");
        foreach (var address in (string[])["127.0.0.1:10901", "127.0.0.1:11901", "127.0.0.1:12901"])
        {
            // The exporter alone has hundreds of series, and every series is on all three.
            await Until.TrueAsync(
                async () => (await StoreReader.ReadAsync(address)).SeriesCount > 500, Patience, () => $"{address}\n{run.Log}");
        }
        run.Signal(ChildProcess.Interrupt);
        Assert.Equal(130, await run.ExitAsync(TimeSpan.FromSeconds(30)));
        foreach (var port in ClusterPorts) Assert.True(FreePorts.IsFree(port), $"port {port} is still served\n{run.Log}");
    }

    [SkippableFact]
    public async Task Start_WhereAPortIsTaken_SaysSoInOneLine()
    {
        SkipIfTaken(DefaultPorts);
        using var taken = new TcpListener(IPAddress.Loopback, 19291);
        taken.Start();
        using var folder = new TempFolder();
        var (code, output) = await ChildProcess.RunAsync(Patience, Script("--data", folder.At("data")));
        Assert.Equal(1, code);
        Assert.Contains("19291", Assert.Single(Lines(output)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("data")));
    }

    [Fact]
    public async Task Start_WithoutTheSdk_SaysSoInOneLine()
    {
        using var folder = new TempFolder();
        foreach (var tool in (string[])["bash", "dirname", "grep", "env"])
            File.CreateSymbolicLink(folder.At(tool), $"/usr/bin/{tool}");
        var script = Script();
        script.Environment["PATH"] = folder.Path;
        var (code, output) = await ChildProcess.RunAsync(Patience, script);
        Assert.Equal(1, code);
        Assert.Contains(".NET", Assert.Single(Lines(output)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_SelfContained_StartsWithoutDotnet()
    {
        using var folder = new TempFolder();
        var (code, output) = await ChildProcess.RunAsync(Patience, Script("--publish", folder.At("out"), "--self-contained"));
        Assert.True(code == 0, output);
        var info = ChildProcess.Info(folder.At("out", "receiver"), "receive", "--label=r=\"0\"",
            $"--tsdb.path={folder.At("data")}", "--http-address=127.0.0.1:0",
            "--grpc-address=127.0.0.1:0", "--remote-write.address=127.0.0.1:0");
        info.Environment["PATH"] = "/nowhere";
        info.Environment["DOTNET_ROOT"] = "/nowhere";
        await using var receiver = ChildProcess.Start(info);
        await SaysAsync(receiver, "status=ready");
        receiver.Signal(ChildProcess.Terminate);
        Assert.Equal(0, await receiver.ExitAsync(Patience));
    }

    private static async Task SaysAsync(ChildProcess process, string text)
    {
        await Until.TrueAsync(
            () => process.Log.Contains(text, StringComparison.Ordinal) || process.HasExited, Patience, () => process.Log);
        Assert.False(process.HasExited, process.Log);
    }

    private static ProcessStartInfo Script(params string[] arguments) =>
        ChildProcess.Info(Path.Combine(Programs.Root, "run"), arguments);

    private static List<string> Lines(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static void SkipIfTaken(int[] ports)
    {
        foreach (var port in ports.Where(static port => !FreePorts.IsFree(port))) Programs.Miss($"port {port} is taken");
    }
}
