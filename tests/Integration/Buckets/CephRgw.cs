using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;

namespace Integration.Buckets;

/// <summary>
/// A private Ceph object gateway for the tests of one collection: a real server that checks signatures. Needs root.
/// </summary>
/// <remarks>
/// Where it is not installed, <see cref="SkipIfAbsent"/> skips the test aloud, or fails it when the environment says CI=true.
/// </remarks>
public sealed class CephRgw : IAsyncLifetime
{
    private const string Install = "apt-get install -y --no-install-recommends radosgw ceph-mon ceph-mgr ceph-osd ceph-common";
    private static readonly string[] Programs =
        ["radosgw", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool", "radosgw-admin"];
    private readonly string _directory = Directory.CreateTempSubdirectory("rgw-test-").FullName;
    private bool _started;

    /// <summary>host:port of the gateway, plain HTTP.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>Access key of its only user.</summary>
    public string AccessKey { get; } = "TESTKEY";

    /// <summary>Secret key of its only user.</summary>
    public string SecretKey { get; } = "TESTSECRET";

    /// <summary>The configuration of one of its buckets, as --objstore.config takes it.</summary>
    public string ConfigOf(string bucket) => $$"""
        type: S3
        config:
          bucket: {{bucket}}
          endpoint: {{Endpoint}}
          access_key: {{AccessKey}}
          secret_key: {{SecretKey}}
          insecure: true
        """;

    /// <summary>Skips the calling test (a skippable one) when the gateway's programs are missing; fails it in CI.</summary>
    public void SkipIfAbsent()
    {
        if (_started) return;
        const string Reason = $"Ceph's object gateway is not installed: {Install}";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(Reason);
        Skip.If(true, Reason);
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (!Array.TrueForAll(Programs, IsInstalled)) return;
        var ports = FreePorts(3);
        var (osdMin, osdMax) = FreeRange(8);
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ports[0]}");
        var log = Path.Combine(_directory, "start.log");
        var cluster = Path.Combine(_directory, "cluster");
        // The shell redirects, because the daemons keep what they inherit open for good.
        var start = new ProcessStartInfo("/bin/bash")
        {
            ArgumentList =
            {
                "-c", "exec \"$0\" \"$@\" </dev/null >\"$RGW_LOG\" 2>&1", FindScript(), cluster,
                Text(ports[0]), Text(ports[1]), Text(ports[2]), Text(osdMin), Text(osdMax),
            },
            Environment = { ["RGW_LOG"] = log },
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        _started = true;
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"start-rgw ended with {process.ExitCode}:\n{await File.ReadAllTextAsync(log)}");
    }

    /// <summary>Creates an empty bucket.</summary>
    public async Task CreateBucketAsync(string name)
    {
        using var client = CreateClient();
        await client.PutBucketAsync(name);
    }

    /// <summary>A client of the library itself, for looking at what the code under test did. The caller disposes it.</summary>
    public AmazonS3Client CreateClient() => new(new BasicAWSCredentials(AccessKey, SecretKey), new AmazonS3Config
    {
        ServiceURL = "http://" + Endpoint,
        ForcePathStyle = true,
        AuthenticationRegion = "us-east-1",
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var path in Directory.GetFiles(_directory, "*.pid", SearchOption.AllDirectories)) await StopAsync(path);
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task StopAsync(string pidFile)
    {
        if (!int.TryParse((await File.ReadAllTextAsync(pidFile)).Trim(), CultureInfo.InvariantCulture, out var pid)) return;
        try
        {
            using var daemon = Process.GetProcessById(pid);
            daemon.Kill();
            await daemon.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            // Gone already.
        }
    }

    private static bool IsInstalled(string program)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, program))) return true;
        }
        return false;
    }

    private static string FindScript()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var script = Path.Combine(folder.FullName, "tests", "tools", "start-rgw");
            if (File.Exists(script)) return script;
        }
        throw new FileNotFoundException("tests/tools/start-rgw");
    }

    private static int[] FreePorts(int count)
    {
        var listeners = new TcpListener[count];
        var ports = new int[count];
        for (var i = 0; i < count; i++)
        {
            listeners[i] = new TcpListener(IPAddress.Loopback, 0);
            listeners[i].Start();
            ports[i] = ((IPEndPoint)listeners[i].LocalEndpoint).Port;
        }
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    /// <summary>Neighbouring ports nobody listens on, below those the kernel gives out by itself (from 32768).</summary>
    private static (int Min, int Max) FreeRange(int count)
    {
        var random = new Random(Environment.ProcessId);
        while (true)
        {
            var min = random.Next(20_000, 32_000 - count);
            if (Enumerable.Range(min, count).All(IsFree)) return (min, min + count - 1);
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try { listener.Start(); }
        catch (SocketException) { return false; }
        return true;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
