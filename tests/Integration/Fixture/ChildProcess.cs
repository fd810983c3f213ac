using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Integration.Fixture;

/// <summary>A started program whose output is kept; disposal kills it when it still runs.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    public const int Interrupt = 2; // SIGINT, what Ctrl-C sends.
    public const int Terminate = 15; // SIGTERM, what a service manager sends.
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly Task _reading;

    private ChildProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Both outputs so far, line by line as they came.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    public static ChildProcess Start(string program, params IEnumerable<string> arguments) => Start(Info(program, arguments));

    public static ChildProcess Start(ProcessStartInfo info)
    {
        (info.RedirectStandardOutput, info.RedirectStandardError, info.RedirectStandardInput) = (true, true, true);
        var process = Process.Start(info) ?? throw new InvalidOperationException($"cannot start {info.FileName}");
        process.StandardInput.Close();
        return new ChildProcess(process);
    }

    public static ProcessStartInfo Info(string program, params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program);
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        return info;
    }

    /// <summary>Runs a program to its end. A program that takes longer than <paramref name="patience"/> is killed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(TimeSpan patience, ProcessStartInfo info)
    {
        await using var child = Start(info);
        return (await child.ExitAsync(patience), child.Log);
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited) Assert.Equal(0, Kill(_process.Id, signal));
    }

    /// <summary>Waits for the end and for the last of the output.</summary>
    public async Task<int> ExitAsync(TimeSpan patience)
    {
        try { await _process.WaitForExitAsync().WaitAsync(patience); }
        catch (TimeoutException)
        {
            _process.Kill();
            Assert.Fail($"{_process.StartInfo.FileName} did not end within {patience.TotalSeconds} s:\n{Log}");
        }
        // What it started may live on and hold the pipes: their output is not waited for long.
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(2)));
        return _process.ExitCode;
    }

    /// <summary>Ends it without warning, as kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends it with everything that it started: what a failed test leaves running takes the ports of the next.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_log) _log.AppendLine(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
