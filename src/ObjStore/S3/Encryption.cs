using System.Security.Cryptography;
using System.Text.Json;
using Amazon.S3;
using Amazon.S3.Model;
using ObjStore.Configuration;

namespace ObjStore.S3;

/// <summary>Writes "sse_config", metadata and storage class into requests.</summary>
internal sealed class Encryption
{
    private const string StorageClassKey = "X-Amz-Storage-Class";
    private const int KeySizeBytes = 32; // AES-256.
    private readonly S3Config _config;
    private readonly string? _storageClass, _customerKey, _customerKeyMd5, _kmsContext;

    /// <exception cref="IOException">The customer's key file cannot be read.</exception>
    public Encryption(S3Config config)
    {
        _config = config;
        foreach (var (key, value) in config.UserMetadata)
        {
            if (key.Equals(StorageClassKey, StringComparison.OrdinalIgnoreCase)) _storageClass = value;
        }
        if (config.SseType == "SSE-C")
        {
            var key = File.ReadAllBytes(config.EncryptionKeyFile);
            if (key.Length != KeySizeBytes)
                throw new BucketConfigException($"create S3 client: encryption_key must hold {KeySizeBytes} bytes");
            _customerKey = Convert.ToBase64String(key);
#pragma warning disable CA5351 // The protocol asks for MD5 here, as a checksum.
            _customerKeyMd5 = Convert.ToBase64String(MD5.HashData(key));
#pragma warning restore CA5351
        }
        // The header carries base64 of a JSON object of strings.
        if (config.KmsContext.Count > 0)
            _kmsContext = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(config.KmsContext));
    }

    public void Apply(PutObjectRequest request)
    {
        SetMetadata(request.Metadata);
        if (_storageClass is not null) request.StorageClass = new S3StorageClass(_storageClass);
        switch (_config.SseType)
        {
            case "SSE-S3":
                request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256;
                break;
            case "SSE-KMS":
                request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS;
                request.ServerSideEncryptionKeyManagementServiceKeyId = _config.KmsKeyId;
                request.ServerSideEncryptionKeyManagementServiceEncryptionContext = _kmsContext;
                break;
            case "SSE-C":
                request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
                (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) =
                    (_customerKey, _customerKeyMd5);
                break;
        }
    }

    public void Apply(InitiateMultipartUploadRequest request)
    {
        SetMetadata(request.Metadata);
        if (_storageClass is not null) request.StorageClass = new S3StorageClass(_storageClass);
        switch (_config.SseType)
        {
            case "SSE-S3":
                request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256;
                break;
            case "SSE-KMS":
                request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS;
                request.ServerSideEncryptionKeyManagementServiceKeyId = _config.KmsKeyId;
                request.ServerSideEncryptionKeyManagementServiceEncryptionContext = _kmsContext;
                break;
            case "SSE-C":
                request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
                (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) =
                    (_customerKey, _customerKeyMd5);
                break;
        }
    }

    public void Apply(UploadPartRequest request)
    {
        if (_customerKey is null) return;
        request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
        (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) =
            (_customerKey, _customerKeyMd5);
    }

    public void Apply(GetObjectRequest request)
    {
        if (_customerKey is null) return;
        request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
        (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) =
            (_customerKey, _customerKeyMd5);
    }

    public void Apply(GetObjectMetadataRequest request)
    {
        if (_customerKey is null) return;
        request.ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256;
        (request.ServerSideEncryptionCustomerProvidedKey, request.ServerSideEncryptionCustomerProvidedKeyMD5) =
            (_customerKey, _customerKeyMd5);
    }

    private void SetMetadata(MetadataCollection metadata)
    {
        foreach (var (key, value) in _config.UserMetadata)
        {
            if (!key.Equals(StorageClassKey, StringComparison.OrdinalIgnoreCase)) metadata.Add(key, value);
        }
    }
}
