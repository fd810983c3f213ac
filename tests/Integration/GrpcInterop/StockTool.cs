using System.Diagnostics;

namespace Integration.GrpcInterop;

/// <summary>Runs scripts of tests/Integration/clients, or skips aloud when their runtime is absent (fails when
/// CI=true).</summary>
internal static class StockTool
{
    private static readonly bool IsRequired = Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>The interpreter that the distribution's python3-grpcio package belongs to.</summary>
    public const string Python = "/usr/bin/python3";

    public static string ClientsDirectory { get; } = FindClients();

    /// <summary>Whether "program arguments" ends with 0.</summary>
    public static async Task RequireAsync(string program, params string[] arguments)
    {
        var (code, output) = await RunAsync(program, arguments);
        if (code != 0 && IsRequired) Assert.Fail($"{program} {string.Join(' ', arguments)}: {output}");
        Skip.If(code != 0, $"{program} {string.Join(' ', arguments)} does not work here: {output}");
    }

    /// <summary>Runs to the end, at most a minute.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments);
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            try { await process.WaitForExitAsync(patience.Token); }
            finally { if (!process.HasExited) process.Kill(entireProcessTree: true); }
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }

    public static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = ClientsDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static string FindClients()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var clients = Path.Combine(at.FullName, "tests", "Integration", "clients");
            if (Directory.Exists(clients)) return clients;
        }
        throw new DirectoryNotFoundException("tests/Integration/clients");
    }
}
