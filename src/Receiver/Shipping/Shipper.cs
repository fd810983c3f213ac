using ObjStore;
using Receiver.Tenancy;
using Tsdb.Labels;

namespace Receiver.Shipping;

/// <summary>Brings the bucket up to a tenant's blocks, oldest first, one pass at a time.</summary>
/// <remarks>Thread-safe: passes wait for each other. Rules: pkg/shipper/shipper.go.</remarks>
public sealed class Shipper : IAsyncDisposable
{
    private readonly string _tenantId, _directory;
    private readonly Func<LabelSet> _externalLabels;
    private readonly IBucket _bucket;
    private readonly ShippingOptions _options;
    private readonly ILogger _log;
    private readonly BlockUpload _upload;
    private readonly SemaphoreSlim _pass = new(1, 1); // Held through a pass; guards _known and _cleaned.
    private readonly Dictionary<string, LocalBlock> _known = new(StringComparer.Ordinal);
    private bool _cleaned;

    /// <summary>Prepares; touches neither disk nor bucket.</summary>
    /// <param name="tenantId">For log lines.</param>
    /// <param name="directory">The tenant's directory, which holds the blocks.</param>
    /// <param name="externalLabels">Asked at each upload, because the hashring may change them.</param>
    /// <param name="bucket">Shared by all tenants; not owned.</param>
    /// <param name="options">How to upload.</param>
    /// <param name="log">Where events are told.</param>
    public Shipper(
        string tenantId, string directory, Func<LabelSet> externalLabels, IBucket bucket, ShippingOptions options, ILogger log)
    {
        (_tenantId, _directory, _externalLabels, _bucket, _options, _log) =
            (tenantId, directory, externalLabels, bucket, options, log);
        _upload = new BlockUpload(directory, bucket, options);
    }

    /// <summary>What it has done so far.</summary>
    public ShippingCounters Counters { get; } = new();

    /// <summary>ULIDs that the state file lists; null when it cannot be read.</summary>
    public IReadOnlySet<string>? Uploaded()
    {
        try { return new HashSet<string>(StateFile.Read(_directory), StringComparer.Ordinal); }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>One pass over the tenant's blocks.</summary>
    /// <exception cref="ShippingException">It was aborted, or it passed over blocks that could not be uploaded.</exception>
    public async Task SyncAsync(CancellationToken stop)
    {
        await _pass.WaitAsync(stop);
        try
        {
            var (failed, corrupted) = await PassAsync(stop);
            Counters.SyncDone();
            if (failed + corrupted > 0) throw new ShippingException($"failed to sync {failed}/{corrupted} blocks");
        }
        finally { _pass.Release(); }
    }

    /// <summary>Waits for the pass in flight, which its caller cancels; there is none after that.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pass.WaitAsync();
        _pass.Dispose();
    }

    private async Task<(int Failed, int Corrupted)> PassAsync(CancellationToken stop)
    {
        try
        {
            CleanStaging();
            var before = ReadState();
            var (blocks, corrupted) = ReadBlocks();
            var uploaded = new List<string>(blocks.Count);
            var listed = new HashSet<string>(before ?? [], StringComparer.Ordinal);
            var failed = 0;
            foreach (var block in blocks)
            {
                // Empty blocks are of no use, merged ones are the compactor's to make.
                if (listed.Contains(block.Ulid)) uploaded.Add(block.Ulid);
                else if (block is { SampleCount: > 0, Level: <= 1 })
                {
                    if (await ExistsAsync(block, stop) || await TryUploadAsync(block, stop)) uploaded.Add(block.Ulid);
                    else failed++;
                }
            }
            WriteState(before, uploaded);
            return (failed, corrupted);
        }
        catch (Exception)
        {
            Counters.SyncAborted();
            throw;
        }
    }

    private async Task<bool> ExistsAsync(LocalBlock block, CancellationToken stop)
    {
        try { return await _bucket.ExistsAsync($"{block.Ulid}/{ThanosMeta.FileName}", stop); }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            throw new ShippingException($"check exists: {block.Ulid}: {e.Message}", e);
        }
    }

    /// <summary>Uploads; false when it went wrong and newer blocks may pass.</summary>
    private async Task<bool> TryUploadAsync(LocalBlock block, CancellationToken stop)
    {
        _log.UploadingBlock(_tenantId, block.Ulid);
        try
        {
            await _upload.RunAsync(block, _externalLabels(), stop);
            Counters.BlockUploaded();
            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            Counters.UploadFailed();
            if (!_options.AllowOutOfOrderUploads) throw new ShippingException($"upload {block.Ulid}: {e.Message}", e);
            _log.BlockNotUploaded(e, _tenantId, block.Ulid);
            return false;
        }
    }

    /// <summary>The blocks on disk by minimum time, then by ULID; how many were passed over as unreadable.</summary>
    private (List<LocalBlock> Blocks, int Corrupted) ReadBlocks()
    {
        var blocks = new List<LocalBlock>();
        var corrupted = 0;
        foreach (var path in Directory.EnumerateDirectories(_directory))
        {
            var ulid = Path.GetFileName(path);
            if (!BlockNames.IsUlid(ulid)) continue;
            try
            {
                if (!_known.TryGetValue(ulid, out var block)) _known[ulid] = block = LocalBlock.Read(path);
                blocks.Add(block);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                if (!Directory.Exists(path)) continue; // Retention took it since the listing.
                if (!_options.SkipCorruptedBlocks) throw new ShippingException($"read block {ulid}: {e.Message}", e);
                _log.BlockUnreadable(e, _tenantId, ulid);
                Counters.BlockCorrupted();
                corrupted++;
            }
        }
        blocks.Sort(static (a, b) =>
            a.MinTimeMs != b.MinTimeMs ? a.MinTimeMs.CompareTo(b.MinTimeMs) : string.CompareOrdinal(a.Ulid, b.Ulid));
        ForgetDeleted(blocks);
        return (blocks, corrupted);
    }

    private void ForgetDeleted(List<LocalBlock> present)
    {
        if (_known.Count == present.Count) return;
        _known.Clear();
        foreach (var block in present) _known.Add(block.Ulid, block);
    }

    /// <summary>Links left by a process that was killed while uploading.</summary>
    private void CleanStaging()
    {
        if (_cleaned) return;
        var staging = BlockUpload.StagingOf(_directory);
        if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        _cleaned = true;
    }

    private List<string>? ReadState()
    {
        try { return StateFile.Read(_directory); }
        catch (Exception e) when (e is FileNotFoundException) { _log.NoState(_tenantId); }
        catch (Exception e) when (e is IOException or InvalidDataException) { _log.StateUnreadable(e, _tenantId); }
        return null; // What was uploaded is found again in the bucket.
    }

    private void WriteState(List<string>? before, List<string> uploaded)
    {
        // Mostly nothing has changed: then there is nothing to flush either.
        if (before is not null && before.Count == uploaded.Count && before.TrueForAll(uploaded.Contains)) return;
        try { StateFile.Write(_directory, uploaded); }
        catch (IOException e) { _log.StateNotWritten(e, _tenantId); }
    }
}
