using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Receiver.Options;

namespace Receiver.Hosting;

/// <summary>TLS towards peers: our certificate, and whom we trust.</summary>
/// <remarks>The files are read once, at the start. Source: pkg/tls/options.go, NewClientConfig.</remarks>
internal static class PeerTls
{
    /// <summary>The settings of every peer connection; null for clear text.</summary>
    /// <exception cref="StartException">A file cannot be used.</exception>
    public static SslClientAuthenticationOptions? Create(PeerOptions options)
    {
        if (!options.IsTls) return null;
        try { return Read(options); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartException($"preparing receive command failed: peer TLS (--remote-write.client-tls-*): {e.Message}", e);
        }
    }

    private static SslClientAuthenticationOptions Read(PeerOptions options)
    {
        var tls = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = options.Protocols,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (options.ServerName.Length > 0) tls.TargetHost = options.ServerName;
        if (options.CertFile.Length > 0)
        {
            using var pair = X509Certificate2.CreateFromPemFile(options.CertFile, options.KeyFile);
            tls.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null)];
        }
        if (options.SkipsVerification)
        {
#pragma warning disable CA5359 // That is what --remote-write.client-tls-skip-verify asks for.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (options.CaFile.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(options.CaFile);
            tls.CertificateChainPolicy = new()
            { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        return tls;
    }
}
