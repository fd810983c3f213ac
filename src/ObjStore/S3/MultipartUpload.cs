using Amazon.S3;
using Amazon.S3.Model;
using ObjStore.Configuration;

namespace ObjStore.S3;

/// <summary>Stores one large file in parts. The object appears at the end, whole; on failure the parts are thrown away.</summary>
internal sealed class MultipartUpload(AmazonS3Client client, S3Config config, Encryption encryption, TimeProvider clock)
{
    private const int PartsAtOnce = 4; // As upstream's client does.
    private const int PartsMax = 10_000; // S3's limit.
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(30);

    public async Task RunAsync(string name, string filePath, long sizeBytes, CancellationToken stop)
    {
        var start = new InitiateMultipartUploadRequest { BucketName = config.Bucket, Key = name };
        encryption.Apply(start);
        var uploadId = (await client.InitiateMultipartUploadAsync(start, stop)).UploadId;
        try
        {
            var parts = await UploadPartsAsync(name, filePath, sizeBytes, uploadId, stop);
            var end = new CompleteMultipartUploadRequest { BucketName = config.Bucket, Key = name, UploadId = uploadId };
            end.PartETags = [.. parts];
            await client.CompleteMultipartUploadAsync(end, stop);
        }
        catch
        {
            await AbortAsync(name, uploadId);
            throw;
        }
    }

    private async Task<PartETag[]> UploadPartsAsync(
        string name, string filePath, long sizeBytes, string uploadId, CancellationToken stop)
    {
        var partBytes = Math.Max(config.PartSizeBytes, (sizeBytes + PartsMax - 1) / PartsMax);
        var parts = new PartETag[(int)((sizeBytes + partBytes - 1) / partBytes)];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce, CancellationToken = stop };
        await Parallel.ForAsync(0, parts.Length, parallel, async (index, cancelled) =>
        {
            var offset = index * partBytes;
            var length = Math.Min(partBytes, sizeBytes - offset);
            var request = new UploadPartRequest
            {
                BucketName = config.Bucket,
                Key = name,
                UploadId = uploadId,
                PartNumber = index + 1,
                FilePath = filePath,
                FilePosition = offset,
                PartSize = length,
                UseChunkEncoding = false,
            };
            if (config.SendContentMd5) request.MD5Digest = await Checksum.Md5Async(filePath, offset, length, cancelled);
            encryption.Apply(request);
            parts[index] = new PartETag(index + 1, (await client.UploadPartAsync(request, cancelled)).ETag);
        });
        return parts;
    }

    /// <summary>Frees the parts. The caller's token may be the reason for coming here, so this has a time of its own.</summary>
    private async Task AbortAsync(string name, string uploadId)
    {
        using var timeout = new CancellationTokenSource(AbortTimeout, clock);
        try
        {
            await client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = config.Bucket, Key = name, UploadId = uploadId }, timeout.Token);
        }
        catch (Exception e) when (e is AmazonS3Exception or HttpRequestException or IOException or OperationCanceledException)
        {
            // The first failure is what matters and is on its way up; the bucket's own rule for unfinished uploads clears the
            // parts.
        }
    }
}
