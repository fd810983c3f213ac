using System.Buffers;
using Google.Protobuf;
using Receiver.Protos.Health;
using Tsdb.Memory;
using ServingStatus = Receiver.Protos.Health.HealthCheckResponse.Types.ServingStatus;

namespace Receiver.Grpc;

/// <summary>grpc.health.v1 for the whole process (service name ""). Starts as not serving.</summary>
public sealed class HealthService
{
    private readonly Lock _gate = new(); // Guards _state and _isShutDown.
    private volatile State _state = new(ServingStatus.NotServing);
    private bool _isShutDown;

    /// <summary>Adds Check, List and Watch to a server.</summary>
    public void Map(GrpcServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        server.AddUnary("/grpc.health.v1.Health/Check", CheckAsync);
        server.AddUnary("/grpc.health.v1.Health/List", ListAsync);
        server.AddStream("/grpc.health.v1.Health/Watch", WatchAsync);
    }

    /// <summary>Tells probes and watchers whether the process serves; ignored after <see cref="ShutDown"/>.</summary>
    public void SetServing(bool isServing) => Set(isServing ? ServingStatus.Serving : ServingStatus.NotServing, last: false);

    /// <summary>Not serving, for good.</summary>
    public void ShutDown() => Set(ServingStatus.NotServing, last: true);

    private void Set(ServingStatus status, bool last)
    {
        State previous;
        lock (_gate)
        {
            if (_isShutDown) return;
            _isShutDown = last;
            previous = _state;
            if (previous.Status == status) return;
            _state = new State(status);
        }
        previous.Changed.TrySetResult();
    }

    private ValueTask<GrpcStatus> CheckAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        if (!IsWholeProcess(request)) return ValueTask.FromResult(new GrpcStatus(GrpcCode.NotFound, "unknown service"));
        new HealthCheckResponse { Status = _state.Status }.WriteTo(reply);
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    private ValueTask<GrpcStatus> ListAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        var entry = new HealthListResponse.Types.Entry { Key = "", Value = new HealthCheckResponse { Status = _state.Status } };
        new HealthListResponse { Statuses = { entry } }.WriteTo(reply);
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    private async ValueTask<GrpcStatus> WatchAsync(GrpcServerCall call, ReadOnlySequence<byte> request)
    {
        if (!IsWholeProcess(request))
        {
            await WriteAsync(call, ServingStatus.ServiceUnknown);
            await Task.Delay(Timeout.InfiniteTimeSpan, call.Cancelled);
        }
        while (true)
        {
            var state = _state;
            await WriteAsync(call, state.Status);
            await state.Changed.Task.WaitAsync(call.Cancelled);
        }
    }

    private static ValueTask WriteAsync(GrpcServerCall call, ServingStatus status) =>
        call.WriteAsync(new HealthCheckResponse { Status = status }.ToByteArray());

    private static bool IsWholeProcess(in ReadOnlySequence<byte> request) =>
        HealthCheckRequest.Parser.ParseFrom(request).Service.Length == 0;

    private sealed record State(ServingStatus Status)
    {
        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
