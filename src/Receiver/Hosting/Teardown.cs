namespace Receiver.Hosting;

/// <summary>Remembers how to undo each step of the start, and undoes them in exactly the opposite order.</summary>
/// <remarks>A step that goes wrong is logged and does not keep the others from their turn. One thread.</remarks>
internal sealed class Teardown(ILogger log) : IAsyncDisposable
{
    private readonly Stack<(string Step, Func<Task> Undo)> _steps = new();

    /// <summary>Notes how to undo what was just started.</summary>
    /// <param name="step">What the log says when it is undone.</param>
    /// <param name="undo">Undoes it.</param>
    public void Add(string step, Func<Task> undo) => _steps.Push((step, undo));

    /// <summary>Undoes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_steps.TryPop(out var step))
        {
            log.Stopping(step.Step);
            try { await step.Undo(); }
            catch (Exception e) { log.StopStepUnsuccessful(e, step.Step); }
        }
    }
}
