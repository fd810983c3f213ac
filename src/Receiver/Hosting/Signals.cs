using System.Runtime.InteropServices;

namespace Receiver.Hosting;

/// <summary>Waits for the signal that ends the process.</summary>
/// <remarks>The first SIGINT or SIGTERM counts, later ones change nothing; SIGHUP is noted only. The runtime's own reaction is
/// suppressed.</remarks>
internal sealed class Signals : IDisposable
{
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Begins to catch.</summary>
    public Signals(ILogger log)
    {
        Catch(PosixSignal.SIGTERM, () => _first.TrySetResult("terminated"));
        Catch(PosixSignal.SIGINT, () => _first.TrySetResult("interrupt"));
        Catch(PosixSignal.SIGHUP, () => log.CaughtReload("hangup"));
    }

    /// <summary>Completes with the signal's name.</summary>
    public Task<string> Exit => _first.Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Catch(PosixSignal signal, Action action) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
    }));
}
