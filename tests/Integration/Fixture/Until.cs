using System.Diagnostics;

namespace Integration.Fixture;

/// <summary>Bounded waiting for what another process does.</summary>
internal static class Until
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again; fails with <paramref name="what"/> when it takes longer than
    /// <paramref name="patience"/>.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> what)
    {
        var since = Stopwatch.StartNew();
        while (!await condition())
        {
            if (since.Elapsed > patience) Assert.Fail($"waited {patience.TotalSeconds} s in vain: {what()}");
            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, TimeSpan, Func{string})"/>
    public static Task TrueAsync(Func<bool> condition, TimeSpan patience, Func<string> what) =>
        TrueAsync(() => Task.FromResult(condition()), patience, what);
}
