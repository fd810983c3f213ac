using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Tsdb.Memory;
using Matcher = Tsdb.Labels.Matcher;

namespace Receiver.StoreApi;

/// <summary>thanos.Store/LabelNames and LabelValues: the union over tenants, ascending, without duplicates.</summary>
internal sealed class LabelService(Func<IReadOnlyList<SeriesSource>> sources, ILogger log)
{
    private delegate void Collector(SeriesSource source, Matcher[] matchers, SortedSet<byte[]> found);

    /// <summary>Handles LabelNames.</summary>
    public ValueTask<GrpcStatus> NamesAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        var message = LabelNamesRequest.Parser.ParseFrom(request);
        var removed = SeriesQuery.Names(message.WithoutReplicaLabels);
        var response = new LabelNamesResponse();
        var status = Collect("label names", message.Matchers, message.Start, message.End, message.Limit,
            message.PartialResponseDisabled || message.PartialResponseStrategy == PartialResponseStrategy.Abort,
            (source, matchers, found) => AddNames(source, message, matchers, removed, found), response.Names, response.Warnings);
        if (status.IsOk) response.WriteTo(reply);
        return ValueTask.FromResult(status);
    }

    /// <summary>Handles LabelValues.</summary>
    public ValueTask<GrpcStatus> ValuesAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        var message = LabelValuesRequest.Parser.ParseFrom(request);
        if (message.Label.IsEmpty)
            return ValueTask.FromResult(new GrpcStatus(GrpcCode.InvalidArgument, "label name parameter cannot be empty"));
        if (message.WithoutReplicaLabels.Contains(message.Label)) return ValueTask.FromResult(GrpcStatus.Ok);
        var response = new LabelValuesResponse();
        var status = Collect("label values", message.Matchers, message.Start, message.End, message.Limit,
            message.PartialResponseDisabled || message.PartialResponseStrategy == PartialResponseStrategy.Abort,
            (source, matchers, found) => AddValues(source, message, matchers, found), response.Values, response.Warnings);
        if (status.IsOk) response.WriteTo(reply);
        return ValueTask.FromResult(status);
    }

    // Removed names are only kept from being added: what series store is listed all the same, as upstream does.
    private static void AddNames(SeriesSource source, LabelNamesRequest request, Matcher[] matchers, byte[][] removed,
        SortedSet<byte[]> found)
    {
        var names = source.LabelNames(request.Start, request.End, matchers);
        if (names.Count == 0) return;
        foreach (var name in names) found.Add(name.ToArray());
        foreach (var label in FinalLabels.Without(source.ExternalLabels, removed)) found.Add(label.Name.ToArray());
    }

    private static void AddValues(SeriesSource source, LabelValuesRequest request, Matcher[] matchers, SortedSet<byte[]> found)
    {
        var external = source.ExternalLabels.Find(request.Label.Span);
        if (external.IsEmpty)
        {
            var values = source.LabelValues(request.Label.Span, request.Start, request.End, matchers);
            foreach (var value in values) found.Add(value.ToArray());
            return;
        }
        if (matchers.Length > 0)
        {
            using var cursor = source.Select(request.Start, request.End, matchers, skipChunks: true);
            if (!cursor.MoveNext()) return;
        }
        found.Add(external.ToArray());
    }

    private GrpcStatus Collect(string what, IReadOnlyList<LabelMatcher> messages, long startMs, long endMs, long limit,
        bool mustBeComplete, Collector collect, RepeatedField<ByteString> results, RepeatedField<string> warnings)
    {
        if (!RequestMatchers.TryConvert(messages, out var matchers, out var error)) return new(GrpcCode.InvalidArgument, error);
        var found = new SortedSet<byte[]>(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        using var entered = new SourceSet(sources());
        foreach (var source in entered.Sources)
        {
            if (endMs < source.MinTimeMs || startMs > endMs) continue;
            if (!RequestMatchers.TryStrip(matchers, source.ExternalLabels, out var rest)) continue;
            try
            {
                collect(source, rest, found);
            }
            catch (Exception e)
            {
                log.TenantFailed(e, source.TenantId);
                var inner = new GrpcStatus(GrpcCode.Internal, e.Message);
                var text = $"fetch {what} from store MinTime: {source.MinTimeMs} MaxTime: {long.MaxValue}: {inner}";
                if (mustBeComplete) return new(inner.Code, text);
                warnings.Add(text);
            }
        }
        foreach (var bytes in found)
        {
            if (limit > 0 && results.Count >= limit) break;
            results.Add(UnsafeByteOperations.UnsafeWrap(bytes));
        }
        return GrpcStatus.Ok;
    }
}
