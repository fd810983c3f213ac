using System.Globalization;
using Receiver.Tenancy;

namespace Receiver.Tests.Tenancy;

public sealed class MaintenanceThreadTests
{
    [Fact]
    public async Task Run_Work_YieldsToOthersAndOnlyItself()
    {
        var before = Niceness();
        Assert.Equal(Math.Min(before + 5, 19), await MaintenanceThread.RunAsync("test", Niceness));
        Assert.Equal(before, Niceness());
    }

    [Fact]
    public async Task Run_WorkThrows_TellsTheCaller()
    {
        var e = await Assert.ThrowsAsync<IOException>(
            () => MaintenanceThread.RunAsync<int>("test", () => throw new IOException("disk full")));
        Assert.Equal("disk full", e.Message);
    }

    // The 19th field; the second, the thread's name, is in parentheses and may hold blanks.
    private static int Niceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
