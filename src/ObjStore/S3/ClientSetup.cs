using Amazon.Runtime;
using Amazon.S3;
using ObjStore.Configuration;

namespace ObjStore.S3;

/// <summary>Turns the bucket's configuration into a client of the S3 library.</summary>
internal static class ClientSetup
{
    private const string DefaultRegion = "us-east-1"; // What self-hosted servers are signed for when nobody says otherwise.

    public static AmazonS3Client Create(S3Config config, Connections connections)
    {
        var amazon = IsAmazon(config.Endpoint);
        var settings = new AmazonS3Config
        {
            ServiceURL = (config.Insecure ? "http://" : "https://") + config.Endpoint,
            AuthenticationRegion = config.Region.Length > 0 ? config.Region : RegionOf(config.Endpoint),
            ForcePathStyle = config.Lookup == BucketLookup.Path || (config.Lookup == BucketLookup.Auto && !amazon),
            // Checksums as trailers of aws-chunked bodies, the default, are refused by most servers that are not Amazon's.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = connections,
            Timeout = Timeout.InfiniteTimeSpan, // StallHandler decides.
        };
        if (config.MaxRetries > 0) settings.MaxErrorRetry = config.MaxRetries;
        // Environment, shared files, web identity, metadata service.
        return config.AccessKey.Length == 0 ? new AmazonS3Client(settings)
            : new AmazonS3Client(KeysOf(config), settings);
    }

    /// <summary>
    /// The region in the name of an Amazon endpoint such as "s3.eu-west-1.amazonaws.com" or "s3-eu-west-1.amazonaws.com".
    /// </summary>
    internal static string RegionOf(string endpoint)
    {
        if (!IsAmazon(endpoint)) return DefaultRegion;
        foreach (var part in endpoint.Split('.'))
        {
            var name = part.StartsWith("s3-", StringComparison.Ordinal) ? part[3..] : part;
            // Regions look like eu-west-1: two dashes at least and a digit last.
            if (name.AsSpan().Count('-') >= 2 && char.IsAsciiDigit(name[^1])) return name;
        }
        return DefaultRegion;
    }

    private static AWSCredentials KeysOf(S3Config config) => config.SessionToken.Length > 0
        ? new SessionAWSCredentials(config.AccessKey, config.SecretKey, config.SessionToken)
        : new BasicAWSCredentials(config.AccessKey, config.SecretKey);

    private static bool IsAmazon(string endpoint)
    {
        var host = endpoint.Split(':')[0];
        return host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".amazonaws.com.cn", StringComparison.OrdinalIgnoreCase);
    }
}
