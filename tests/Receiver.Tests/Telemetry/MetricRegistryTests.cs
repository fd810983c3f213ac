using System.Text;
using Receiver.Telemetry;
using Tsdb.Memory;

namespace Receiver.Tests.Telemetry;

public class MetricRegistryTests
{
    private readonly MetricRegistry _registry = new();

    [Fact]
    public void Write_CounterWithLabels_SortsLabelsAndSeries()
    {
        var requests = _registry.CreateCounter("http_requests_total", "Requests.", "tenant", "code");
        requests.WithLabels("b", "200").Inc(2);
        requests.WithLabels("a", "500").Inc(0.5);
        Assert.Equal(
            "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n"
            + "http_requests_total{code=\"200\",tenant=\"b\"} 2\nhttp_requests_total{code=\"500\",tenant=\"a\"} 0.5\n",
            Scrape());
    }

    [Fact]
    public void Write_OddLabelValueAndHelp_AreEscaped()
    {
        _registry.CreateGauge("g", "a\\b\n\"c\"", "l").WithLabels("x\"y\\z\nü").Set(1);
        Assert.Equal("# HELP g a\\\\b\\n\"c\"\n# TYPE g gauge\ng{l=\"x\\\"y\\\\z\\nü\"} 1\n", Scrape());
    }

    [Fact]
    public void Write_Histogram_IsCumulativeAndBoundsAreInclusive()
    {
        var histogram = _registry.CreateHistogram("h", "H.", [1, 2.5, 1e6]);
        foreach (var value in (double[])[1, 2, 3, 4e6]) histogram.Observe(value);
        Assert.EndsWith(
            "h_bucket{le=\"1\"} 1\nh_bucket{le=\"2.5\"} 2\nh_bucket{le=\"1e+06\"} 3\nh_bucket{le=\"+Inf\"} 4\n"
            + "h_sum 4.000006e+06\nh_count 4\n",
            Scrape(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Summary_QuantilesOfTheWindowOrNaN()
    {
        var summary = _registry.CreateSummary("s", "S.", [0.5, 0.99]);
        Assert.Contains("s{quantile=\"0.5\"} NaN\n", Scrape(), StringComparison.Ordinal);
        for (var i = 1; i <= 100; i++) summary.Observe(i);
        Assert.EndsWith("s{quantile=\"0.5\"} 50\ns{quantile=\"0.99\"} 99\ns_sum 5050\ns_count 100\n", Scrape(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OpenMetrics_CounterFamilyLosesTotalAndTextEndsWithEof()
    {
        _registry.CreateCounter("c_total", "C.").Inc();
        using var output = new ByteBuffer();
        _registry.Write(output, MetricFormat.Negotiate("application/openmetrics-text;version=1.0.0"));
        Assert.Equal("# HELP c C.\n# TYPE c counter\nc_total 1.0\n# EOF\n", Encoding.UTF8.GetString(output.Written));
    }

    [Fact]
    public void Write_TwoCollectorsOfOneFamily_ShareItsHead()
    {
        _registry.AddCollector(static w => w.Gauge("head_series", "Series.", 3, ("tenant", "a")));
        _registry.AddCollector(static w => w.Gauge("head_series", "Series.", 4, ("tenant", "b")));
        var text = Scrape();
        Assert.Equal(2, text.Split("# ").Length - 1);
        Assert.Contains("head_series{tenant=\"a\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("head_series{tenant=\"b\"} 4\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_Child_IsNoLongerExportedAndStartsAgainAtZero()
    {
        var counter = _registry.CreateCounter("c_total", "C.", "tenant", "limit");
        counter.WithLabels("a", "x").Inc();
        counter.WithLabels("a", "y").Inc();
        counter.WithLabels("b", "x").Inc();
        counter.Remove("b", "x");
        Assert.DoesNotContain("tenant=\"b\"", Scrape(), StringComparison.Ordinal);
        counter.RemoveWhere("tenant", "a");
        Assert.Equal("", Scrape());
        Assert.Equal(0, counter.WithLabels("a", "x").Value);
    }

    [Fact]
    public void Create_SameNameTwice_GivesTheSameFamilyAndAnotherKindIsABug()
    {
        Assert.Same(_registry.CreateCounter("c_total", "C."), _registry.CreateCounter("c_total", "C."));
        Assert.Throws<InvalidOperationException>(() => _registry.CreateGauge("c_total", "C."));
    }

    [Fact]
    public void Observe_EveryInstrument_AllocatesNothing()
    {
        var counter = _registry.CreateCounter("c_total", "C.", "l").WithLabels("v");
        var gauge = _registry.CreateGauge("g", "G.");
        var histogram = _registry.CreateHistogram("h", "H.");
        var summary = _registry.CreateSummary("s", "S.");
        var family = _registry.CreateCounter("d_total", "D.", "a", "b");
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Use();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Use()
        {
            counter.Inc();
            gauge.Inc();
            histogram.Observe(0.2);
            summary.Observe(1);
            family.WithLabels("x", "y").Inc(1.5);
        }
    }

    [Fact]
    public async Task Inc_ManyThreads_LosesNothing()
    {
        var counter = _registry.CreateCounter("c_total", "C.");
        var histogram = _registry.CreateHistogram("h", "H.", [10]);
        await Parallel.ForAsync(0, 8, (_, _) =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Inc(0.5);
                histogram.Observe(1);
            }
            return ValueTask.CompletedTask;
        });
        Assert.Equal(40_000, counter.Value);
        Assert.Contains("h_sum 80000\nh_count 80000\n", Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void ProcessMetrics_OnLinux_NamesUpstreamExportsAreAllThere()
    {
        ProcessMetrics.Register(_registry);
        BuildInfo.Register(_registry);
        var text = Scrape();
        string[] names =
        [
            "cpu_seconds_total", "max_fds", "open_fds", "resident_memory_bytes", "virtual_memory_bytes",
            "virtual_memory_max_bytes",
            "start_time_seconds", "network_receive_bytes_total", "network_transmit_bytes_total",
        ];
        foreach (var name in names) Assert.Contains($"\nprocess_{name} ", text, StringComparison.Ordinal);
        Assert.Contains("\nthanos_build_info{branch=\"\",goarch=\"", text, StringComparison.Ordinal);
    }

    private string Scrape()
    {
        using var output = new ByteBuffer();
        _registry.Write(output, MetricFormat.Text);
        return Encoding.UTF8.GetString(output.Written);
    }
}
