using System.Net;
using System.Text;
using Integration.Fixture;
using Receiver.Grpc;

namespace Integration.Doors;

/// <summary>What a hostile or broken client can send to each port: it gets a reason of one line, and nobody else
/// notices.</summary>
public sealed class BadInputTests(BadInputTests.Running running) : IClassFixture<BadInputTests.Running>, IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    /// <summary>One receiver for all the tests of the class.</summary>
    public sealed class Running : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("receiver-bad-input-").FullName;
        private long _timeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        internal ReceiverProcess Receiver { get; private set; } = null!;

        /// <summary>A new time for each write.</summary>
        public long NextTimeMs() => Interlocked.Increment(ref _timeMs);

        public async Task InitializeAsync()
        {
            Receiver = new ReceiverProcess(Path.Combine(_folder, "data"), "r0");
            await Receiver.StartAsync();
        }

        public async Task DisposeAsync()
        {
            await Receiver.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static readonly byte[] Good =
        WriteBody.Of(([("__name__", "good"), ("job", "test")], 1_700_000_000_000, 1.5));

    public static TheoryData<string, byte[], int, string> Bodies()
    {
        var message = IronSnappy.Snappy.Decode(Good);
        return new()
        {
            { "no body", [], 400, "snappy decode error: s2: corrupt input" },
            { "not snappy", "hello, this is no snappy"u8.ToArray(), 400, "snappy decode error: s2: corrupt input" },
            { "snappy cut off", Good[..(Good.Length / 2)], 400, "snappy decode error: s2: corrupt input" },
            { "promises 4 GiB", [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00], 400, "snappy decode error" },
            { "protobuf cut off", WriteBody.Compress(message[..^3]), 400, "unexpected EOF" },
            { "field longer than the message", WriteBody.Compress([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]), 400, "unexpected EOF" },
            { "negative length", WriteBody.Compress(Convert.FromHexString("0affffffffffffffffff01")), 400, "" },
        };
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Write_OfABadBody_IsRefusedWithAReason(string what, byte[] body, int status, string reason)
    {
        var (actual, text) = await running.Receiver.WriteAsync(body);
        Assert.True(status == (int)actual, $"{what}: {(int)actual} {text}");
        Assert.Contains(reason, text, StringComparison.Ordinal);
        AssertOneLine(text);
        await AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("GET", "/api/v1/receive", 405, "Method Not Allowed")]
    [InlineData("PUT", "/api/v1/receive", 405, "Method Not Allowed")]
    [InlineData("POST", "/api/v1/recieve", 404, "404 page not found")]
    [InlineData("POST", "/", 404, "404 page not found")]
    [InlineData("POST", "/api/v1/receive/../../../etc/passwd", 404, "404 page not found")]
    [InlineData("POST", "/api/v1/receive/", 307, "")]
    public async Task Write_OfABadRequestLine_IsRefused(string method, string path, int status, string reason)
    {
        var (actual, text) = await SendAsync(method, running.Receiver.WritePort, path, Good);
        Assert.Equal(status, actual);
        Assert.Equal(reason, text.TrimEnd('\n'));
        await AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    public async Task Write_AsAnImpossibleTenant_IsRefused(string tenant)
    {
        var (status, text) = await running.Receiver.WriteAsync(Good, tenant);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        AssertOneLine(text);
        await AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("GET", "/nothing", 404, "404 page not found")]
    [InlineData("GET", "/-/ready/", 404, "404 page not found")]
    [InlineData("POST", "/api/v1/receive", 404, "404 page not found")]
    public async Task Probes_OfAnUnknownPath_AreNotFound(string method, string path, int status, string reason)
    {
        var (actual, text) = await SendAsync(method, running.Receiver.HttpPort, path, null);
        Assert.Equal(status, actual);
        Assert.Equal(reason, text.TrimEnd('\n'));
        await AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("/thanos.Nothing/At", "unknown service thanos.Nothing")]
    [InlineData("/thanos.Store/Nothing", "unknown method Nothing for service thanos.Store")]
    public async Task Grpc_OfAnUnknownMethod_IsUnimplemented(string method, string reason)
    {
        var status = await StoreReader.CallAsync(running.Receiver.GrpcAddress, method, []);
        Assert.Equal(new GrpcStatus(GrpcCode.Unimplemented, reason), status);
        await AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("/thanos.Store/Series")]
    [InlineData("/thanos.Store/LabelNames")]
    [InlineData("/thanos.Store/LabelValues")]
    [InlineData("/thanos.WriteableStore/RemoteWrite")]
    public async Task Grpc_OfAGarbageMessage_IsRefusedWithAReason(string method)
    {
        foreach (var garbage in (byte[][])[[0x0a, 0xff, 0xff, 0xff, 0xff, 0x07], [0xff, 0xff, 0xff], "garbage"u8.ToArray()])
        {
            var status = await StoreReader.CallAsync(running.Receiver.GrpcAddress, method, garbage);
            Assert.True(status.Code != GrpcCode.Ok, $"{method} accepted {Convert.ToHexString(garbage)}");
            AssertOneLine(status.Message);
        }
        await AssertUnharmedAsync();
    }

    [Fact]
    public async Task Ports_OfTheWrongProtocol_OnlyCloseThatConnection()
    {
        foreach (var port in (int[])[running.Receiver.GrpcPort, running.Receiver.WritePort, running.Receiver.HttpPort])
        {
            using var tcp = new System.Net.Sockets.TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, port);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes("\0\u0001 complete nonsense\r\n\r\n"));
            // The server answers something short or nothing, and closes.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            using var answer = new MemoryStream();
            try { await tcp.GetStream().CopyToAsync(answer, patience.Token); }
            catch (IOException)
            {
                // Reset: closed as well.
            }
        }
        await AssertUnharmedAsync();
    }

    public void Dispose() => _client.Dispose();

    private static void AssertOneLine(string text)
    {
        Assert.NotEmpty(text.Trim());
        Assert.DoesNotContain('\n', text.TrimEnd('\n'));
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    /// <summary>A good write is accepted and can be read, and so can every earlier one.</summary>
    private async Task AssertUnharmedAsync()
    {
        Assert.True(running.Receiver.IsRunning, running.Receiver.Log);
        var body = WriteBody.Of(([("__name__", "alive"), ("job", "test")], running.NextTimeMs(), 1.5));
        var (status, text) = await running.Receiver.WriteAsync(body);
        Assert.True(status == HttpStatusCode.OK, $"{(int)status} {text}");
        (await StoreReader.ReadAsync(running.Receiver.GrpcAddress)).AssertHolds(WriteBody.Samples(body), "after bad input");
    }

    private async Task<(int Status, string Text)> SendAsync(string method, int port, string path, byte[]? body)
    {
        // Built by hand, so that nothing cleans the path.
        var asIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var url = new Uri($"http://127.0.0.1:{port}{path}", asIs);
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (body is not null) request.Content = new ByteArrayContent(body);
        using var response = await _client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
