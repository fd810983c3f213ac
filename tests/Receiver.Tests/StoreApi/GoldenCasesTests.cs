using System.Buffers;
using System.Linq;
using System.Text.Json;
using Receiver.Protos.Store;
using TestKit;

namespace Receiver.Tests.StoreApi;

/// <summary>Requests captured against the real receiver holding the same data: the answers must be the same bytes.</summary>
/// <remarks>Series that are equal after removing labels come in any order, so Series messages are compared as a set; that they
/// are in order is checked by <see cref="SeriesOrderTests"/>.</remarks>
public class GoldenCasesTests(GoldenStore store) : IClassFixture<GoldenStore>
{
    // Answers that name series which hold native histograms only: the head stores floats.
    private static readonly HashSet<string> NeedNativeHistograms =
    [
        "chunks-int-histogram", "chunks-int-histogram-b", "chunks-float-gauge-histogram", "chunks-nhcb", "chunks-mixed",
        "chunks-mixed-part", "skip-chunks-all", "skip-chunks-all-range", "batch-64-many", "ln-all", "ln-tenant", "ln-like-query",
        "ln-head-only", "lv-name", "lv-name-tenantB", "lv-head-only", "lv-gap-edge-head",
    ];

    private const string Exemplars = "/thanos.Exemplars/Exemplars";

    private static readonly Dictionary<string, JsonElement> All =
        Golden.Files("storeapi", "grpc-cases.jsonl").SelectMany(Golden.Lines).Select(l => JsonDocument.Parse(l).RootElement)
            .ToDictionary(e => e.GetProperty("id").GetString()!);

    public static IEnumerable<object[]> Cases() =>
        from pair in All
        let method = pair.Value.GetProperty("method").GetString()!
        where pair.Value.GetProperty("variant").GetString() == "A"
            && (method.StartsWith("/thanos.Store/", StringComparison.Ordinal) || method == Exemplars)
        where !NeedNativeHistograms.Contains(pair.Key)
        select new object[] { pair.Key };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Call_CapturedFromUpstream_IsAnsweredTheSame(string id)
    {
        var expected = All[id];
        var method = expected.GetProperty("method").GetString()!;
        var frames = new List<byte[]>();
        var request = Convert.FromBase64String(expected.GetProperty("request_b64").GetString()!);

        var status = await store.Channel.StreamAsync(method, new ReadOnlySequence<byte>(request), message =>
        {
            frames.Add(message.ToArray());
            return ValueTask.CompletedTask;
        }, TimeSpan.FromSeconds(30), default);

        // The generated decoder lets a field of the wrong kind pass as unknown, and words its own errors.
        if (id.StartsWith("malformed", StringComparison.Ordinal))
        {
            Assert.False(status.IsOk);
            return;
        }
        Assert.Equal(expected.GetProperty("status").GetProperty("code").GetInt32(), (int)status.Code);
        Assert.Equal(WithoutTenant(expected.GetProperty("status").GetProperty("message").GetString()!),
            WithoutTenant(status.Message));
        var wanted = expected.GetProperty("messages").EnumerateArray()
            .Select(m => Convert.FromBase64String(m.GetProperty("b64").GetString()!)).ToArray();
        Assert.Equal(wanted.Length, frames.Count);
        Assert.Equal(Parts(method, wanted), Parts(method, frames));
    }

    // Which tenant's error is told is a matter of chance.
    private static string WithoutTenant(string text) =>
        text.StartsWith("get exemplars for tenant ", StringComparison.Ordinal)
            ? text[text.IndexOf(':', StringComparison.Ordinal)..] : text;

    // Upstream lists a label name twice that is both stored and external; that is not copied.
    private static IEnumerable<string> Parts(string method, IEnumerable<byte[]> messages) => method switch
    {
        "/thanos.Store/LabelNames" =>
            messages.SelectMany(m => LabelNamesResponse.Parser.ParseFrom(m).Names).Select(n => n.ToStringUtf8()).Distinct(),
        "/thanos.Store/LabelValues" => messages.Select(Convert.ToHexStringLower),
        Exemplars => messages.Select(Convert.ToHexStringLower).Order(StringComparer.Ordinal),
        _ => messages.Select(Frame.Parse).SelectMany(f => f.Series.Select(s => s.Hex).Append(f.Warning ?? ""))
            .Order(StringComparer.Ordinal),
    };
}
