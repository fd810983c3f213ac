using System.Text.Json;
using Microsoft.Extensions.Logging;
using Receiver.Hosting;

namespace Receiver.Tests.Hosting;

public class LogLineTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 21, 12, 0, 1, 234, TimeSpan.Zero);
    private static readonly KeyValuePair<string, object?>[] Values =
        [new("Tenant", "team a"), new("ElapsedMs", 12L), new("{OriginalFormat}", "x {Tenant}")];

    [Fact]
    public void Format_Logfmt_HasUpstreamsKeysInOrderAndQuotesWhatNeedsIt() => Assert.Equal(
        "ts=2026-11-21T12:00:01.2340000Z caller=Tenancy.TenantStore level=info component=receive "
        + "msg=\"opened it\" tenant=\"team a\" elapsedMs=12",
        LogLine.Format(new(), Time, "Tenancy.TenantStore", LogLevel.Information, "opened it", Values, null));

    [Fact]
    public void Format_Error_ChainsTheCausesOnOneLine()
    {
        var error = new IOException("open wal", new IOException("No space left\non device"));
        var line = LogLine.Format(new() { Name = "n1" }, Time, "P", LogLevel.Critical, "m", null, error);
        Assert.EndsWith("level=error component=receive name=n1 msg=m err=\"open wal: No space left\\non device\"", line,
            StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Format_Json_IsOneObjectWithTheSameKeys()
    {
        using var json =
            JsonDocument.Parse(LogLine.Format(new() { IsJson = true }, Time, "P", LogLevel.Warning, "a \"b\"", Values, null));
        var keys = new List<string>();
        foreach (var property in json.RootElement.EnumerateObject()) keys.Add(property.Name);
        Assert.Equal(["ts", "caller", "level", "component", "msg", "tenant", "elapsedMs"], keys);
        Assert.Equal("a \"b\"", json.RootElement.GetProperty("msg").GetString());
        Assert.Equal("warn", json.RootElement.GetProperty("level").GetString());
    }

    [Fact]
    public void Provider_Level_HidesWhatIsBelowAndTheFrameworksTalk()
    {
        using var output = new StringWriter();
        using var provider = new LineLoggerProvider(new() { Level = LogLevel.Information }, output, TimeProvider.System);
        Assert.False(provider.CreateLogger("Receiver.X").IsEnabled(LogLevel.Debug));
        Assert.True(provider.CreateLogger("Receiver.X").IsEnabled(LogLevel.Information));
        Assert.False(provider.CreateLogger("Microsoft.AspNetCore.X").IsEnabled(LogLevel.Information));
    }
}
