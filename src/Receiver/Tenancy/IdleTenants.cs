namespace Receiver.Tenancy;

/// <summary>
/// Judges whether a tenant has been idle for so long that it may be forgotten. Source: pkg/receive/multitsdb.go.
/// </summary>
/// <remarks>
/// Differs from upstream on purpose: activity is the time of the last write, because the head's newest time also moves when
/// blocks are cut and so hides idleness; and what is left in the head is flushed and uploaded before it goes.
/// </remarks>
internal sealed class IdleTenants(TenancyOptions options, bool hasBucket, ILogger log)
{
    /// <summary>A cut older than this means that cutting is stuck: three periods of the default duration.</summary>
    private static readonly TimeSpan CutAgeMax = TimeSpan.FromHours(6);

    /// <summary>
    /// Whether the local time of day is one of the pruning minutes: multiples of twice the block duration since midnight.
    /// </summary>
    public bool IsTime(DateTimeOffset now)
    {
        if (options.Database.RetentionMs == 0) return false;
        var local = TimeZoneInfo.ConvertTime(now, options.Clock.LocalTimeZone);
        var everyMinutes = Math.Max(1, 2 * options.Database.MaxBlockDurationMs / 60_000);
        return ((local.Hour * 60) + local.Minute) % everyMinutes == 0;
    }

    /// <summary>Whether nothing was written for longer than the retention and the bucket has every block.</summary>
    /// <param name="tenant">An open tenant.</param>
    /// <param name="lastWriteMs">When it was last written to; null, for one that never held a sample, is never idle.</param>
    /// <param name="nowMs">The present, Unix ms.</param>
    public bool IsInactive(Tenant tenant, long? lastWriteMs, long nowMs)
    {
        lastWriteMs ??= NewestBlockMs(tenant);
        if (lastWriteMs is not { } last || nowMs - last <= options.Database.RetentionMs) return false;
        return !hasBucket || (CutWentWell(tenant, nowMs) && AllUploaded(tenant));
    }

    /// <summary>The second look, a minute later: still idle, and with a bucket what the head held is there too.</summary>
    public async Task<bool> MayGoAsync(Tenant tenant, long? lastWriteMs, long nowMs, CancellationToken stop)
    {
        if (!IsInactive(tenant, lastWriteMs, nowMs)) return false;
        if (tenant.Uploads is not { } uploads) return true;
        await TenantStore.FlushAsync(tenant, stop);
        await uploads.SyncAsync(stop);
        return AllUploaded(tenant);
    }

    private bool CutWentWell(Tenant tenant, long nowMs)
    {
        if (tenant.LastCutMs is not { } cutMs) return false;
        var age = TimeSpan.FromMilliseconds(nowMs - cutMs);
        if (age <= CutAgeMax) return true;
        log.CuttingStuck(tenant.Id, (int)age.TotalHours);
        return false;
    }

    /// <summary>Whether every block directory is in the state file. No blocks: yes. Unreadable file: no.</summary>
    private static bool AllUploaded(Tenant tenant)
    {
        if (tenant.Uploads?.Uploaded() is not { } uploaded) return false;
        foreach (var path in Directory.EnumerateDirectories(tenant.DirectoryPath))
        {
            var name = Path.GetFileName(path);
            if (BlockNames.IsUlid(name) && !uploaded.Contains(name)) return false;
        }
        return true;
    }

    /// <summary>
    /// After a restart an idle tenant may have blocks only: their newest directory time stands for the last write.
    /// </summary>
    private static long? NewestBlockMs(Tenant tenant)
    {
        long? newestMs = null;
        foreach (var path in Directory.EnumerateDirectories(tenant.DirectoryPath))
        {
            if (!BlockNames.IsUlid(Path.GetFileName(path))) continue;
            var writtenMs = new DateTimeOffset(Directory.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds();
            newestMs = Math.Max(newestMs ?? writtenMs, writtenMs);
        }
        return newestMs;
    }
}
