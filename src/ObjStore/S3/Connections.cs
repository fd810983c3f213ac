using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using ObjStore.Configuration;

namespace ObjStore.S3;

/// <summary>Gives the S3 client library connections that behave as "http_config" says. One pool for the bucket's life.</summary>
internal sealed class Connections(HttpConfig config, TimeProvider clock) : HttpClientFactory, IDisposable
{
    private readonly HttpClient _client = Create(config, clock);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    public void Dispose() => _client.Dispose();

    private static HttpClient Create(HttpConfig config, TimeProvider clock)
    {
        var sockets = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            ConnectTimeout = OrInfinite(config.TlsHandshakeTimeout),
            Expect100ContinueTimeout = config.ExpectContinueTimeout,
            PooledConnectionIdleTimeout = OrInfinite(config.IdleConnectionTimeout),
            // A load balancer's new addresses are found at the latest then.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = config.MaxConnections > 0 ? config.MaxConnections : int.MaxValue,
        };
        SetTls(sockets.SslOptions, config);
        var watched = new StallHandler(sockets, config.ResponseHeaderTimeout, clock);
        return new HttpClient(watched) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Zero means "no limit" in upstream's file.</summary>
    private static TimeSpan OrInfinite(TimeSpan timeout) => timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan;

    private static void SetTls(SslClientAuthenticationOptions tls, HttpConfig config)
    {
        if (config.CertFile.Length > 0)
        {
            var certificate =
                X509Certificate2.CreateFromPemFile(config.CertFile, config.KeyFile.Length > 0 ? config.KeyFile : null);
            tls.ClientCertificates = [certificate];
        }
        if (config.CaFile.Length > 0)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(config.CaFile);
        }
        if (config.InsecureSkipVerify || config.ServerName.Length > 0)
            tls.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                config.InsecureSkipVerify || IsNamed(certificate, errors, config.ServerName);
    }

    /// <summary>
    /// Whether a certificate is trusted and is for the configured name; the endpoint's own name does not count then.
    /// </summary>
    private static bool IsNamed(X509Certificate? certificate, SslPolicyErrors errors, string name) =>
        (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
        && certificate is X509Certificate2 known && known.MatchesHostname(name);
}
