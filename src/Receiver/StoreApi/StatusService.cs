using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Receiver.Grpc;
using Receiver.Protos.Store;

namespace Receiver.StoreApi;

/// <summary>thanos.Status/TSDBStatistics: one message with the head's numbers per tenant.</summary>
internal sealed class StatusService(Func<IReadOnlyList<SeriesSource>> sources, Func<bool> isReady)
{
    /// <summary>Handles a call.</summary>
    public async ValueTask<GrpcStatus> HandleAsync(GrpcServerCall call, ReadOnlySequence<byte> request)
    {
        var message = TSDBStatisticsRequest.Parser.ParseFrom(request);
        if (!isReady()) return new(GrpcCode.Unknown, "not ready");
        if (!RequestMatchers.TryConvert(message.Matchers, out var matchers, out var error))
            return new(GrpcCode.Unknown, $"failed to convert matchers: {error}");
        var statistics = new TSDBStatistics();
        using (var entered = new SourceSet(sources()))
        {
            foreach (var source in entered.Sources)
            {
                if (message.Tenant.Length > 0 && source.TenantId != message.Tenant) continue;
                if (!Accepts(matchers, source.ExternalLabels)) continue;
                // Upstream crashes on a negative limit; here it asks for nothing.
                statistics.Statistics[source.TenantId] = ToMessage(source.Statistics(Math.Max(message.Limit, 0)));
            }
        }
        await call.WriteAsync(new TSDBStatisticsResponse { Statistics = statistics }.ToByteArray());
        return GrpcStatus.Ok;
    }

    private static bool Accepts(Tsdb.Labels.Matcher[] matchers, Tsdb.Labels.LabelSet labels)
    {
        foreach (var matcher in matchers)
        {
            if (!matcher.Matches(labels.Find(matcher.Name))) return false;
        }
        return true;
    }

    private static TSDBStatisticsEntry ToMessage(HeadStatistics head)
    {
        var entry = new TSDBStatisticsEntry
        {
            HeadStatistics = new Protos.Store.HeadStatistics
            {
                NumSeries = head.SeriesCount,
                NumLabelPairs = head.LabelPairCount,
                MinTime = head.MinTimeMs,
                MaxTime = head.MaxTimeMs,
            },
        };
        Add(head.SeriesByMetricName, entry.SeriesCountByMetricName);
        Add(head.ValuesByLabelName, entry.LabelValueCountByLabelName);
        Add(head.BytesByLabelName, entry.MemoryInBytesByLabelName);
        Add(head.SeriesByLabelPair, entry.SeriesCountByLabelValuePair);
        return entry;
    }

    private static void Add(IReadOnlyList<StatisticEntry> entries, RepeatedField<Statistic> messages)
    {
        foreach (var entry in entries)
            messages.Add(new Statistic { Name = ByteString.CopyFrom(entry.Name.Span), Value = entry.Value });
    }
}
