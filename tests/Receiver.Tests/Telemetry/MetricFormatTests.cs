using Receiver.Telemetry;

namespace Receiver.Tests.Telemetry;

public class MetricFormatTests
{
    private const string Plain = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
    private const string Open = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";

    [Theory]
    [InlineData(null, Plain)]
    [InlineData("", Plain)]
    [InlineData("*/*", Plain)]
    [InlineData("text/html,application/xhtml+xml", Plain)]
    [InlineData("garbage;;;=", Plain)]
    [InlineData("application/openmetrics-text;version=1.0.0", Open)]
    [InlineData("application/openmetrics-text",
        "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores")]
    [InlineData("application/openmetrics-text;version=9.9.9", Plain)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6", Plain)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"
        + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8")]
    public void Negotiate_AcceptHeader_ChoosesTheBestFormWeWrite(string? accept, string contentType) =>
        Assert.Equal(contentType, MetricFormat.Negotiate(accept).ContentType);
}
