using System.Buffers;
using Google.Protobuf;
using Receiver.Grpc;
using Receiver.Protos.Info;
using Receiver.Protos.Store;
using Tsdb.Memory;

namespace Receiver.StoreApi;

/// <summary>thanos.info.Info/Info: one label set and one time range per tenant. Fails while the process is not ready.</summary>
internal sealed class InfoService(Func<IReadOnlyList<SeriesSource>> sources, Func<bool> isReady)
{
    private const string ComponentType = "receive"; // Query groups stores by it.

    /// <summary>Handles a call.</summary>
    public ValueTask<GrpcStatus> HandleAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        if (!isReady()) return ValueTask.FromResult(new GrpcStatus(GrpcCode.Unknown, "Not ready"));
        Describe(sources()).WriteTo(reply);
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    /// <summary>Builds the answer.</summary>
    public static InfoResponse Describe(IReadOnlyList<SeriesSource> sources)
    {
        var store = new StoreInfo
        {
            // Without tenants everything is possible; with tenants the oldest data of any of them.
            MinTime = sources.Count == 0 ? long.MinValue : long.MaxValue,
            MaxTime = long.MaxValue,
            SupportsSharding = true,
            SupportsWithoutReplicaLabels = true,
        };
        var info = new InfoResponse
        {
            ComponentType = ComponentType,
            Store = store,
            Exemplars = new ExemplarsInfo(),
            Status = new StatusInfo(),
        };
        foreach (var source in sources)
        {
            var labels = ToMessage(source.ExternalLabels);
            var minTimeMs = source.MinTimeMs;
            store.MinTime = Math.Min(store.MinTime, minTimeMs);
            store.TsdbInfos.Add(new TSDBInfo { Labels = labels, MinTime = minTimeMs, MaxTime = long.MaxValue });
            if (!info.LabelSets.Contains(labels)) info.LabelSets.Add(labels);
        }
        return info;
    }

    private static LabelSet ToMessage(Tsdb.Labels.LabelSet labels)
    {
        var message = new LabelSet();
        foreach (var label in labels)
            message.Labels.Add(new Label { Name = ByteString.CopyFrom(label.Name), Value = ByteString.CopyFrom(label.Value) });
        return message;
    }
}
