using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Receiver.Options;

namespace Receiver.Hosting;

/// <summary>TLS of one listener: its certificate, re-read when a file changes, and the authorities of its clients.</summary>
/// <remarks>
/// The change times of the two files are compared at each handshake, as upstream does; a pair that cannot be used is logged and
/// the previous one stays, where upstream would fail every handshake. The client authorities are read once. Source:
/// pkg/tls/options.go.
/// </remarks>
internal sealed class ServerCertificate
{
    private readonly ServerTlsOptions _options;
    private readonly SslApplicationProtocol[] _protocols;
    private readonly CipherSuitesPolicy? _ciphers;
    private readonly X509Certificate2Collection? _clientAuthorities;
    private readonly ILogger _log;
    private readonly Lock _gate = new(); // Guards the fields below.
    private SslStreamCertificateContext _certificate;
    private (DateTime Cert, DateTime Key) _changed;

    private ServerCertificate(ServerTlsOptions options, SslApplicationProtocol[] protocols, ILogger log)
    {
        (_options, _protocols, _log) = (options, protocols, log);
        _changed = Times();
        _certificate = Read();
        if (options.ClientCaFile.Length > 0) _clientAuthorities = ReadAuthorities(options.ClientCaFile);
        if (options.Ciphers.Count > 0) _ciphers = Ciphers(options.Ciphers);
    }

    /// <summary>Turns TLS on for a port, if asked for.</summary>
    /// <param name="listen">The port.</param>
    /// <param name="options">Files and versions.</param>
    /// <param name="protocols">What is offered to clients, best first.</param>
    /// <param name="log">Where reloads are told.</param>
    /// <exception cref="StartException">A file or name cannot be used.</exception>
    public static void Use(ListenOptions listen, ServerTlsOptions options, SslApplicationProtocol[] protocols, ILogger log)
    {
        if (!options.IsEnabled) return;
        var certificate = Load(options, protocols, log);
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = context => new(certificate.Handshake(context)) });
    }

    private static ServerCertificate Load(ServerTlsOptions options, SslApplicationProtocol[] protocols, ILogger log)
    {
        try { return new(options, protocols, log); }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new StartException($"server credentials {options.CertFile}, {options.KeyFile}: {e.Message}", e);
        }
    }

    private SslServerAuthenticationOptions Handshake(TlsHandshakeCallbackContext context)
    {
        context.AllowDelayedClientCertificateNegotation = false;
        var handshake = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Current(),
            EnabledSslProtocols = _options.Protocols,
            ApplicationProtocols = [.. _protocols],
            CipherSuitesPolicy = _ciphers,
            ClientCertificateRequired = _clientAuthorities is not null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_clientAuthorities is not { } authorities) return handshake;
        handshake.CertificateChainPolicy = new()
        { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handshake.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        handshake.RemoteCertificateValidationCallback = static (_, certificate, _, errors) =>
            certificate is not null && errors == SslPolicyErrors.None;
        return handshake;
    }

    private SslStreamCertificateContext Current()
    {
        lock (_gate)
        {
            var changed = Times();
            if (changed == _changed) return _certificate;
            _changed = changed;
            try
            {
                _certificate = Read();
                _log.CertificateLoaded(_options.CertFile);
            }
            catch (Exception e) when (
                e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                _log.CertificateKept(e, _options.CertFile);
            }
            return _certificate;
        }
    }

    private (DateTime Cert, DateTime Key) Times() =>
        (File.GetLastWriteTimeUtc(_options.CertFile), File.GetLastWriteTimeUtc(_options.KeyFile));

    private SslStreamCertificateContext Read()
    {
        using var pair = X509Certificate2.CreateFromPemFile(_options.CertFile, _options.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_options.CertFile);
        // Through PKCS #12, because a key that exists only in memory cannot be used by every TLS provider.
        var usable = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(usable, chain, offline: true);
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new StartException($"client CA {path} holds no PEM certificate");
    }

    private static CipherSuitesPolicy Ciphers(IReadOnlyList<string> names)
    {
        var suites = new List<TlsCipherSuite>();
        foreach (var name in names)
        {
            // Go's names are the registered ones.
            if (!Enum.TryParse<TlsCipherSuite>(name, out var suite)) throw new StartException($"unknown TLS cipher suite {name}");
            suites.Add(suite);
        }
        suites.AddRange(
            [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384,
                TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256]);
#pragma warning disable CA1416 // Linux only, as the whole process is.
        return new(suites);
#pragma warning restore CA1416
    }
}
