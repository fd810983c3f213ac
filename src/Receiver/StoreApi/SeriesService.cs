using System.Buffers;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Matcher = Tsdb.Labels.Matcher;

namespace Receiver.StoreApi;

/// <summary>thanos.Store/Series: selects in every tenant and streams the merged series, one frame in memory at a time.</summary>
internal sealed class SeriesService(
    Func<IReadOnlyList<SeriesSource>> sources, StoreApiOptions options, StoreApiMetrics? metrics, ILogger log)
{
    /// <summary>Handles a call.</summary>
    public async ValueTask<GrpcStatus> HandleAsync(GrpcServerCall call, ReadOnlySequence<byte> request)
    {
        var message = SeriesRequest.Parser.ParseFrom(request);
        if (!RequestMatchers.TryConvert(message.Matchers, out var matchers, out var error))
            return new(GrpcCode.InvalidArgument, error);
        if (matchers.Length == 0) return new(GrpcCode.InvalidArgument, "no matchers specified (excluding selector labels)");
        using var entered = new SourceSet(sources());
        var mustBeComplete = message.PartialResponseDisabled || message.PartialResponseStrategy == PartialResponseStrategy.Abort;
        if (entered.Sources.Count == 0) return mustBeComplete ? new(GrpcCode.Unknown, "No StoreAPIs available") : GrpcStatus.Ok;
        metrics?.SeriesCallStarted();
        using var reply = new SeriesReply(call, message, options, metrics);
        try
        {
            return await RunAsync(entered.Sources, message, matchers, mustBeComplete, reply);
        }
        catch (Exception e) when (!call.Cancelled.IsCancellationRequested)
        {
            // Upstream answers a crash with a warning and success, so that one store cannot spoil a query.
            log.SeriesCallBroke(e);
            await reply.WarnAsync($"unknown error while processing Series: {e.Message}");
            return GrpcStatus.Ok;
        }
        finally
        {
            metrics?.SeriesCallEnded(reply.SeriesCount, reply.ChunkCount);
        }
    }

    private static GrpcStatus NothingLeft => new(GrpcCode.InvalidArgument, "no matchers specified (excluding external labels)");

    private async ValueTask<GrpcStatus> RunAsync(
        IReadOnlyList<SeriesSource> entered, SeriesRequest message, Matcher[] matchers, bool mustBeComplete, SeriesReply reply)
    {
        var failures = new Queue<(SeriesSource, string)>();
        using var merge = new SeriesMerge(Open(entered, SeriesQuery.From(message), matchers, failures));
        while (true)
        {
            var hasSeries = !reply.IsFull && merge.MoveNext();
            while (merge.Failures.TryDequeue(out var failure))
                failures.Enqueue((failure.Source, Describe(failure.Source, failure.Error)));
            while (failures.TryDequeue(out var failure))
            {
                var (source, error) = failure;
                var text = $"receive series from MinTime: {source.MinTimeMs} MaxTime: {long.MaxValue}: {error}";
                if (mustBeComplete) return new(GrpcCode.Aborted, text);
                if (await reply.WarnAsync(text) is { } refused) return new(GrpcCode.Unknown, $"send series response: {refused}");
            }
            if (!hasSeries) break;
            if (await reply.SendAsync(merge.Current) is { } violated)
                return new(GrpcCode.Unknown, $"send series response: {violated}");
        }
        return await reply.FlushAsync() is { } last ? new(GrpcCode.Unknown, last) : GrpcStatus.Ok;
    }

    private List<SeriesStream> Open(IReadOnlyList<SeriesSource> entered, SeriesQuery query, Matcher[] matchers,
        Queue<(SeriesSource, string)> failures)
    {
        var streams = new List<SeriesStream>();
        foreach (var source in entered)
        {
            if (source.IsReadOnly || query.MaxTimeMs < source.MinTimeMs) continue;
            if (!RequestMatchers.TryStrip(matchers, source.ExternalLabels, out var rest)) continue;
            if (rest.Length == 0)
            {
                failures.Enqueue((source, NothingLeft.ToString()));
                continue;
            }
            try
            {
                StreamPlan.Open(source, query, rest, options.SortBufferBytesMax, streams);
            }
            catch (Exception e)
            {
                failures.Enqueue((source, Describe(source, e)));
            }
        }
        return streams;
    }

    private string Describe(SeriesSource source, Exception error)
    {
        log.TenantFailed(error, source.TenantId);
        return new GrpcStatus(GrpcCode.Internal, error.Message).ToString();
    }
}
