using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using ObjStore.Configuration;

namespace ObjStore.S3;

/// <summary>A bucket on Amazon S3 or a server that speaks its protocol.</summary>
/// <remarks>
/// Bodies travel plain, with their SHA-256 in the signature, because most servers do not take the library's chunked form.
/// An object is replaced as a whole or stays as it was. Retries are the library's.
/// </remarks>
public sealed class S3Bucket : IBucket
{
    private readonly S3Config _config;
    private readonly Connections _connections;
    private readonly Encryption _encryption;
    private readonly AmazonS3Client _client;
    private readonly MultipartUpload _multipart;

    /// <summary>Makes a client; connects at the first operation.</summary>
    /// <exception cref="IOException">A certificate or key file cannot be read.</exception>
    public S3Bucket(S3Config config, TimeProvider clock)
    {
        _config = config;
        _encryption = new Encryption(config);
        _connections = new Connections(config.Http, clock);
        _client = ClientSetup.Create(config, _connections);
        _multipart = new MultipartUpload(_client, config, _encryption, clock);
    }

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(string name, CancellationToken stop)
    {
        var request = new GetObjectMetadataRequest { BucketName = _config.Bucket, Key = ObjectName.Check(name) };
        _encryption.Apply(request);
        try
        {
            await _client.GetObjectMetadataAsync(request, stop);
            return true;
        }
        catch (AmazonS3Exception e) when (IsMissing(e)) { return false; }
    }

    /// <inheritdoc/>
    public async Task UploadAsync(string name, string filePath, CancellationToken stop)
    {
        ObjectName.Check(name);
        var sizeBytes = new FileInfo(filePath).Length;
        if (!_config.DisableMultipart && sizeBytes >= _config.PartSizeBytes)
        {
            await _multipart.RunAsync(name, filePath, sizeBytes, stop);
            return;
        }
        var request =
            new PutObjectRequest { BucketName = _config.Bucket, Key = name, FilePath = filePath, UseChunkEncoding = false };
        if (_config.SendContentMd5) request.MD5Digest = await Checksum.Md5Async(filePath, 0, sizeBytes, stop);
        _encryption.Apply(request);
        await _client.PutObjectAsync(request, stop);
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(string name, CancellationToken stop)
    {
        var request = new GetObjectRequest { BucketName = _config.Bucket, Key = ObjectName.Check(name) };
        _encryption.Apply(request);
        try
        {
            using var response = await _client.GetObjectAsync(request, stop);
            using var content = new MemoryStream();
            await response.ResponseStream.CopyToAsync(content, stop);
            return content.ToArray();
        }
        catch (AmazonS3Exception e) when (IsMissing(e)) { throw new ObjectNotFoundException(name, e); }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken stop) =>
        _config.ListObjectsV1 ? ListV1Async(prefix, stop) : ListV2Async(prefix, stop);

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken stop) =>
        _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _config.Bucket, Key = ObjectName.Check(name) }, stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _connections.Dispose();
    }

    /// <summary>
    /// "NotFound" is what a HEAD, which has no body, comes out as. A missing bucket is something else where it can be told.
    /// </summary>
    private static bool IsMissing(AmazonS3Exception e) =>
        e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is "NoSuchKey" or "NotFound";

    private async IAsyncEnumerable<string> ListV2Async(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = new ListObjectsV2Request { BucketName = _config.Bucket, Prefix = prefix };
        do
        {
            var page = await _client.ListObjectsV2Async(request, stop);
            foreach (var found in page.S3Objects ?? []) yield return found.Key;
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    private async IAsyncEnumerable<string> ListV1Async(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = new ListObjectsRequest { BucketName = _config.Bucket, Prefix = prefix };
        bool more;
        do
        {
            var page = await _client.ListObjectsAsync(request, stop);
            foreach (var found in page.S3Objects ?? [])
            {
                request.Marker = found.Key;
                yield return found.Key;
            }
            more = page is { IsTruncated: true, S3Objects.Count: > 0 };
        }
        while (more);
    }
}
