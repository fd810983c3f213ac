using System.Net;
using System.Net.Sockets;

namespace Integration.Fixture;

/// <summary>Hands out loopback ports that nobody listens on, each once a run.</summary>
internal static class FreePorts
{
    // Below what the kernel gives to outgoing connections (from 32768) and beside the ranges of the other fixtures, so that a
    // port stays free between the stop of a server and its restart.
    private const int Min = 13_000;
    private const int Max = 18_999;
    private static readonly Lock Gate = new();
    private static int _next = Min + Environment.ProcessId * 37 % (Max - Min);

    public static int Next()
    {
        lock (Gate)
        {
            for (var tries = 0; tries <= Max - Min; tries++)
            {
                var port = _next;
                _next = _next == Max ? Min : _next + 1;
                if (IsFree(port)) return port;
            }
        }
        throw new InvalidOperationException("No loopback port is free.");
    }

    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try { listener.Start(); }
        catch (SocketException) { return false; }
        return true;
    }
}
