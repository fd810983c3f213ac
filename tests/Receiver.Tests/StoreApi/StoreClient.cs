using System.Buffers;
using System.Linq;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Receiver.StoreApi;
using Receiver.Tests.Grpc;

namespace Receiver.Tests.StoreApi;

/// <summary>The StoreAPI services over given tenants, behind a real server, with a client that decodes what comes back.</summary>
internal sealed class StoreClient : IAsyncDisposable
{
    private readonly GrpcHost _host;
    private readonly GrpcChannel _channel;

    private StoreClient(GrpcHost host)
    {
        _host = host;
        _channel = host.Channel();
    }

    public static async Task<StoreClient> StartAsync(params SeriesSource[] sources) =>
        await StartAsync(new StoreApiOptions(), () => true, sources);

    public static async Task<StoreClient> StartAsync(StoreApiOptions options, Func<bool> isReady,
        params SeriesSource[] sources) =>
        new(await GrpcHost.StartAsync(s => StoreApiServices.Map(s, () => sources, isReady, options, null, NullLogger.Instance)));

    public async Task<(GrpcStatus Status, byte[] Reply)> CallAsync(string method, IMessage? request) =>
        await GrpcHost.CallAsync(_channel, method, request?.ToByteArray() ?? []);

    public async Task<(GrpcStatus Status, List<byte[]> Frames)> StreamAsync(string method, byte[] request)
    {
        var frames = new List<byte[]>();
        var status = await _channel.StreamAsync(method, new ReadOnlySequence<byte>(request), message =>
        {
            frames.Add(message.ToArray());
            return ValueTask.CompletedTask;
        }, TimeSpan.FromSeconds(30), default);
        return (status, frames);
    }

    public async Task<(GrpcStatus Status, List<Frame> Frames)> SeriesAsync(SeriesRequest request)
    {
        var (status, raw) = await StreamAsync("/thanos.Store/Series", request.ToByteArray());
        return (status, raw.ConvertAll(Frame.Parse));
    }

    /// <summary>All label sets of a successful reply without warnings, in order.</summary>
    public async Task<string[]> LabelsAsync(SeriesRequest request)
    {
        var (status, frames) = await SeriesAsync(request);
        Assert.Equal(GrpcStatus.Ok, status);
        Assert.All(frames, f => Assert.Null(f.Warning));
        return [.. frames.SelectMany(f => f.Series).Select(s => s.Labels)];
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }

    public static SeriesRequest Request(string matchers, long minTime = 0, long maxTime = 253402300799000)
    {
        var request = new SeriesRequest { MinTime = minTime, MaxTime = maxTime };
        request.Matchers.Add(Matchers(matchers));
        return request;
    }

    /// <summary>Reads "a=b;c!=d;e=~f;g!~h".</summary>
    public static IEnumerable<LabelMatcher> Matchers(string text)
    {
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOfAny(['=', '!']);
            var (length, type) = part.AsSpan(at) switch
            {
                ['=', '~', ..] => (2, LabelMatcher.Types.Type.Re),
                ['!', '~', ..] => (2, LabelMatcher.Types.Type.Nre),
                ['!', ..] => (2, LabelMatcher.Types.Type.Neq),
                _ => (1, LabelMatcher.Types.Type.Eq),
            };
            yield return new LabelMatcher
            {
                Type = type,
                Name = ByteString.CopyFromUtf8(part[..at]),
                Value = ByteString.CopyFromUtf8(part[(at + length)..]),
            };
        }
    }
}
