using Tsdb.Memory;

namespace Receiver.Tenancy;

/// <summary>Runs long work on a thread of its own that yields to requests where processors are short.</summary>
/// <remarks>A pool thread would be missing from the pool for as long, and could not get its priority back.</remarks>
internal static class MaintenanceThread
{
    // A third of a request thread's share: enough to keep up on a busy core, and a lock it holds is not held for long.
    private const int Niceness = 5;

    /// <summary>Runs work and gives its result or its exception.</summary>
    /// <param name="name">Name of the thread, for debuggers and ps; the system keeps 15 characters.</param>
    /// <param name="work">What to run.</param>
    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Run) { Name = name, IsBackground = true }.Start();
        return done.Task;

        void Run()
        {
            Libc.LowerPriorityOfThread(Niceness);
            try { done.SetResult(work()); }
            catch (Exception e) { done.SetException(e); }
        }
    }
}
