using System.Buffers;
using Google.Protobuf;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Memory;
using ExemplarMessage = Receiver.Protos.Store.Exemplar;
using LabelSet = Tsdb.Labels.LabelSet;
using LabelSetMessage = Receiver.Protos.Store.LabelSet;

namespace Receiver.StoreApi;

/// <summary>thanos.Exemplars/Exemplars: the exemplars of all series that any selector of a PromQL expression names, one message
/// a series; nothing where none are kept.</summary>
internal sealed class ExemplarService(Func<IReadOnlyList<SeriesSource>> sources)
{
    private const string NoMatchers = "no matchers specified (excluding external labels)";

    /// <summary>Handles a call.</summary>
    public async ValueTask<GrpcStatus> HandleAsync(GrpcServerCall call, ReadOnlySequence<byte> request)
    {
        var message = ExemplarsRequest.Parser.ParseFrom(request);
        if (!PromqlSelectors.TryRead(message.Query, out var selectors, out var error)) return new(GrpcCode.Internal, error);
        using var entered = new SourceSet(sources());
        foreach (var source in entered.Sources)
        {
            var isMeant = TryStrip(selectors, source.ExternalLabels, out var rest);
            if (!isMeant) continue;
            if (rest.Count == 0)
            {
                var inner = new GrpcStatus(GrpcCode.InvalidArgument, NoMatchers);
                return new(GrpcCode.Aborted, $"get exemplars for tenant {source.TenantId}: {inner}");
            }
            foreach (var series in source.SelectExemplars(message.Start, message.End, rest))
                await call.WriteAsync(ToMessage(series, source.ExternalLabels).ToByteArray());
        }
        return GrpcStatus.Ok;
    }

    /// <summary>Evaluates the selectors on external labels.</summary>
    /// <returns>False when the tenant cannot have any of them.</returns>
    private static bool TryStrip(IReadOnlyList<Matcher[]> selectors, LabelSet external, out List<Matcher[]> rest)
    {
        rest = [];
        var isMeant = false;
        foreach (var selector in selectors)
        {
            if (!RequestMatchers.TryStrip(selector, external, out var matchers)) continue;
            isMeant = true;
            if (matchers.Length > 0) rest.Add(matchers);
        }
        return isMeant;
    }

    private static ExemplarsResponse ToMessage(SeriesExemplars series, LabelSet external)
    {
        using var labels = new ByteBuffer(512);
        FinalLabels.Write(series.Labels, external, [], labels);
        var data = new ExemplarData { SeriesLabels = ToMessage(labels.Written) };
        foreach (var exemplar in series.Exemplars)
        {
            data.Exemplars.Add(new ExemplarMessage
            {
                Labels = ToMessage(exemplar.Labels.Encoded),
                Value = exemplar.Value,
                Ts = exemplar.TimestampMs,
            });
        }
        return new ExemplarsResponse { Data = data };
    }

    private static LabelSetMessage ToMessage(ReadOnlySpan<byte> encodedLabels)
    {
        var message = new LabelSetMessage();
        foreach (var label in new EncodedLabels(encodedLabels))
        {
            message.Labels.Add(new Label
            {
                Name = ByteString.CopyFrom(label.Name), Value = ByteString.CopyFrom(label.Value),
            });
        }
        return message;
    }
}
