using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ObjStore.Configuration;
using ObjStore.S3;
using TestKit;

namespace ObjStore.Tests.S3;

/// <summary>
/// Whom the client trusts, against a server whose self-signed certificate is for another name than its address.
/// </summary>
public sealed class TlsTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly X509Certificate2 _certificate = CreateCertificate();
    private FakeS3 _server = null!;

    public async Task InitializeAsync() => _server = await FakeS3.StartAsync(_certificate);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _certificate.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false, "", false, false)]
    [InlineData(true, "", false, false)]
    [InlineData(true, "s3.internal", false, true)]
    [InlineData(true, "other.internal", false, false)]
    [InlineData(false, "s3.internal", false, false)]
    [InlineData(false, "", true, true)]
    public async Task Upload_OverTls_IsTrustedOnlyAsConfigured(bool caFile, string serverName, bool skipVerify, bool trusted)
    {
        var http = new HttpConfig
        {
            CaFile = caFile ? _folder.Write("ca.pem", Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem())) : "",
            ServerName = serverName,
            InsecureSkipVerify = skipVerify,
        };
        var config = new S3Config { Bucket = "b", Endpoint = _server.Endpoint, AccessKey = "k", SecretKey = "s", Http = http };
        using var bucket = new S3Bucket(config, TimeProvider.System);
        var upload = () => bucket.UploadAsync("a", _folder.Write("f", "x"u8), default);

        if (trusted) await upload();
        else await Assert.ThrowsAsync<HttpRequestException>(upload);
        Assert.Equal(trusted, _server.Objects.ContainsKey("a"));
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("s3.internal");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, default), new DateTimeOffset(2120, 1, 1, 0, 0, 0, default));
    }
}
