using System.Collections.Concurrent;
using Tsdb;

namespace Receiver.Tenancy;

/// <summary>How far the databases are that are being opened, by tenant.</summary>
public sealed class ReplayWatch
{
    private readonly ConcurrentDictionary<string, ReplayProgress> _running = new();

    /// <summary>Those at work now.</summary>
    public IEnumerable<KeyValuePair<string, ReplayProgress>> Running => _running;

    /// <summary>Takes what a tenant's database tells while it opens.</summary>
    public void Set(string tenantId, ReplayProgress progress)
    {
        if (progress.Phase == ReplayPhase.Done) Forget(tenantId);
        else _running[tenantId] = progress;
    }

    /// <summary>Forgets a tenant whose database is open, or could not be opened.</summary>
    public void Forget(string tenantId) => _running.TryRemove(tenantId, out _);

    /// <summary>A phase in a word, as labels and pages show it.</summary>
    public static string Name(ReplayPhase phase) => phase switch
    {
        ReplayPhase.ChunkFiles => "chunk-files",
        ReplayPhase.Snapshot => "snapshot",
        ReplayPhase.Checkpoint => "checkpoint",
        ReplayPhase.Wal => "wal",
        ReplayPhase.Wbl => "wbl",
        _ => "done",
    };
}
