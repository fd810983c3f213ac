using ObjStore;
using ObjStore.Configuration;
using Receiver.Options;
using Receiver.Shipping;
using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>The bucket of this process and the upload loops of its tenants.</summary>
/// <remarks>Owns the bucket; each tenant owns its loop.</remarks>
internal sealed class BucketUploads : IDisposable
{
    private readonly IBucket _bucket;
    private readonly ShippingOptions _options;
    private readonly ILogger _log;

    private BucketUploads(IBucket bucket, ShippingOptions options, ILogger log) =>
        (_bucket, _options, _log) = (bucket, options, log);

    /// <summary>Makes the bucket's client; null when no bucket is configured.</summary>
    /// <exception cref="StartException">The configuration cannot be used.</exception>
    public static BucketUploads? Create(ShipperOptions options, MetricRegistry registry, TimeProvider clock,
        ILogger<BucketUploads> log)
    {
        if (options.BucketConfig.Trim().Length == 0)
        {
            log.NoBucket();
            return null;
        }
        try
        {
            var config = BucketConfig.Parse(options.BucketConfig);
            var counters = new BucketCounters();
            var bucket = config.CreateBucket(counters, clock);
            BucketMetrics.Register(registry, config.Name, counters);
            return new(bucket, new()
            {
                HashFiles = options.HashesFiles,
                AllowOutOfOrderUploads = options.AllowsOutOfOrderUploads,
                SkipCorruptedBlocks = options.SkipsCorruptedBlocks,
                UploadConcurrency = options.UploadConcurrency,
                Clock = clock,
            }, log);
        }
        catch (Exception e) when (e is BucketConfigException or IOException)
        {
            throw new StartException($"preparing receive command failed: --objstore.config: {e.Message}", e);
        }
    }

    /// <summary>Makes and starts a tenant's loop.</summary>
    public IBlockUploads Start(Tenant tenant)
    {
        var loop = new ShipLoop(
            tenant.Id, new Shipper(tenant.Id, tenant.DirectoryPath, () => tenant.ExternalLabels, _bucket, _options, _log),
                _options, _log);
        loop.Start();
        return loop;
    }

    /// <inheritdoc/>
    public void Dispose() => _bucket.Dispose();
}
