using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Receiver.Hosting;

/// <summary>One port and what is served on it; started and stopped by itself.</summary>
/// <remarks>Each port is a server of its own, so that they come and go in the order Program.cs says.</remarks>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _flag, _address;

    private Listener(WebApplication app, string flag, string address) => (_app, _flag, _address) = (app, flag, address);

    /// <summary>Where it listens, once started: the real port when 0 was asked for.</summary>
    public string BoundAddress
    {
        get
        {
            var addresses =
                _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
            foreach (var address in addresses) return new Uri(address).Authority;
            return _address;
        }
    }

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="flag">Flag that gave the address, for messages.</param>
    /// <param name="address">host:port.</param>
    /// <param name="loggers">Where the server's own warnings go.</param>
    /// <param name="kestrel">Sets limits of the server.</param>
    /// <param name="listen">Sets protocol and TLS of the port.</param>
    /// <param name="handler">Answers every request.</param>
    public static async Task<Listener> CreateAsync(
        string flag,
        string address,
        ILoggerFactory loggers,
        Action<KestrelServerOptions> kestrel,
        Action<ListenOptions> listen,
        RequestDelegate handler)
    {
        var endpoint = await ListenAddress.ResolveAsync(flag, address);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            kestrel(options);
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) options.ListenAnyIP(endpoint.Port, listen);
            else options.Listen(endpoint, listen);
        });
        var app = builder.Build();
        app.Run(handler);
        return new(app, flag, address);
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="StartException">The port cannot be had; the message says which flag and what to do.</exception>
    public async Task StartAsync()
    {
        try { await _app.StartAsync(); }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartException(
                $"listen tcp {_address}: bind: address already in use; stop what uses the port, or choose another with --{_flag}",
                e);
        }
        catch (SocketException e)
        {
            throw new StartException($"listen tcp {_address}: {e.Message}; check --{_flag}", e);
        }
    }

    /// <summary>Refuses new connections, waits for running requests as long as allowed, then cuts them.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        using var limit = new CancellationTokenSource(grace > TimeSpan.Zero ? grace : TimeSpan.Zero);
        await _app.StopAsync(limit.Token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // Signals belong to the process, not to each of its servers.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
