using System.Globalization;
using System.Text;

namespace Load;

/// <summary>Label sets of pods in a Kubernetes cluster: 20 series a pod, 12 of them buckets of one histogram.</summary>
/// <remarks>
/// Series come in the order in which a scrape lists them, so neighbours share most of their text, as in a real request. Call
/// <see cref="Set"/>, then read <see cref="Names"/> and <see cref="Values"/>. With 13 labels they hold about 330 bytes of text.
/// </remarks>
internal sealed class SeriesLabels
{
    public const int PerPod = 20;
    private const int Buckets = 12;
    private const int Apps = 40;

    /// <summary>Labels dropped first when fewer than 13 are wanted; the last four stay.</summary>
    private static readonly string[] ByImportance =
    [
        "cluster", "endpoint", "service", "node", "container", "method", "handler", "job", "namespace",
        "le", "instance", "pod", "__name__",
    ];

    private static readonly string[] Bounds =
        ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];

    private static readonly string[] AppNames =
    [
        "checkout", "payments", "inventory", "search", "catalog", "shipping", "identity", "gateway", "pricing", "reviews",
    ];

    private static readonly string[] Others =
    [
        "http_request_duration_seconds_sum", "http_request_duration_seconds_count", "http_requests_in_flight",
        "process_cpu_seconds_total", "process_resident_memory_bytes", "runtime_gc_pause_seconds_total",
        "queue_messages_processed_total", "cache_hit_ratio",
    ];

    private static readonly string[] Handlers = ["/api/v2/orders", "/api/v2/orders/{id}", "/api/v1/cart/items", "/healthz"];
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE"];

    private readonly SortedDictionary<string, byte[]> _texts = new(StringComparer.Ordinal);
    private readonly List<string> _kept = [];
    private long _pod = -1;
    private int _generation;

    public SeriesLabels(int count)
    {
        _kept.AddRange(ByImportance.AsSpan(Math.Max(ByImportance.Length - count, 0)));
        for (var i = ByImportance.Length; i < count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"team_label_{i:00}");
            _kept.Add(name);
            _texts[name] = Encoding.UTF8.GetBytes(name + "-value");
        }
        _kept.Sort(StringComparer.Ordinal);
        foreach (var name in _kept) Names.Add(Encoding.UTF8.GetBytes(name));
        Values.AddRange(new byte[_kept.Count][]);
    }

    /// <summary>UTF-8 names, sorted.</summary>
    public List<byte[]> Names { get; } = [];

    /// <summary>UTF-8 values in order of <see cref="Names"/>; an empty one means that the series does not have the
    /// label.</summary>
    public List<byte[]> Values { get; } = [];

    /// <summary>Makes the labels of a series; another generation of a pod is another pod in its place.</summary>
    public void Set(long series, int generation)
    {
        var pod = series / PerPod;
        if (pod != _pod || generation != _generation) SetPod(pod, generation);
        var within = (int)(series % PerPod);
        var app = AppOf(pod);
        var isBucket = within < Buckets;
        Put("__name__", isBucket ? $"{app}_http_request_duration_seconds_bucket" : $"{app}_{Others[within - Buckets]}");
        Put("le", isBucket ? Bounds[within] : "");
        for (var i = 0; i < _kept.Count; i++) Values[i] = _texts[_kept[i]];
    }

    private void SetPod(long pod, int generation)
    {
        (_pod, _generation) = (pod, generation);
        var app = AppOf(pod);
        var unique = (ulong)((pod * 131) + generation + 1) * 0x9E3779B97F4A7C15;
        var (a, b) = ((int)(pod / 250 % 250), (int)(pod % 250));
        Put("cluster", "eu-central-1-prod-a");
        Put("container", app + "-service");
        Put("endpoint", "http-metrics");
        Put("handler", Handlers[pod / Apps % Handlers.Length]);
        Put("instance", string.Create(CultureInfo.InvariantCulture, $"10.{64 + (generation % 64)}.{a}.{b}:9102"));
        Put("job", $"kubernetes-pods/{app}");
        Put("method", Methods[pod / Apps / Handlers.Length % Methods.Length]);
        Put("namespace", $"team-{app}-production");
        Put("node", string.Create(CultureInfo.InvariantCulture, $"ip-10-64-{a}-{b / 10}.ec2.internal"));
        Put("pod", string.Create(CultureInfo.InvariantCulture, $"{app}-{unique >> 40:x6}-{unique >> 20 & 0xFFFFF:x5}"));
        Put("service", app + "-service-metrics");
    }

    private static string AppOf(long pod)
    {
        var app = (int)(pod % Apps);
        return string.Create(CultureInfo.InvariantCulture, $"{AppNames[app % AppNames.Length]}{app / AppNames.Length}");
    }

    private void Put(string name, string value) => _texts[name] = Encoding.UTF8.GetBytes(value);
}
