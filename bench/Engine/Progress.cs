using System.Diagnostics;

namespace Engine;

/// <summary>Tells on standard error how far long work has come, every few seconds.</summary>
internal sealed class Progress(string what, int steps)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private TimeSpan _told;
    private int _done;

    public void Step()
    {
        _done++;
        var elapsed = Stopwatch.GetElapsedTime(_startedAt);
        if (elapsed - _told < Period) return;
        _told = elapsed;
        Console.Error.WriteLine($"{what}: {_done} of {steps} after {elapsed.TotalSeconds:0} s");
    }
}
