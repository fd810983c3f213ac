using System.Diagnostics.CodeAnalysis;

namespace Hashring.Sharding;

/// <summary>Keeps the sub-rings of the tenants seen last. Safe from any thread.</summary>
internal sealed class ShardCache(int capacity)
{
    private readonly Lock _lock = new(); // Guards everything below.
    private readonly Dictionary<string, LinkedListNode<KeyValuePair<string, Ring>>> _byTenant = new(StringComparer.Ordinal);
    private readonly LinkedList<KeyValuePair<string, Ring>> _newestFirst = new();
    private long _requests;
    private long _hits;
    private long _evictions;

    /// <summary>A consistent reading of the counters.</summary>
    public ShardCacheCounts Counts
    {
        get
        {
            lock (_lock) return new ShardCacheCounts(_requests, _hits, _byTenant.Count, capacity, _evictions);
        }
    }

    public bool TryGet(string tenant, [NotNullWhen(true)] out Ring? ring)
    {
        lock (_lock)
        {
            _requests++;
            ring = null;
            if (!_byTenant.TryGetValue(tenant, out var node)) return false;
            _hits++;
            _newestFirst.Remove(node);
            _newestFirst.AddFirst(node);
            ring = node.Value.Value;
            return true;
        }
    }

    /// <summary>Adds a ring; of two that were computed at once the first stays, they are equal.</summary>
    public void Add(string tenant, Ring ring)
    {
        lock (_lock)
        {
            if (_byTenant.ContainsKey(tenant)) return;
            _byTenant.Add(tenant, _newestFirst.AddFirst(new KeyValuePair<string, Ring>(tenant, ring)));
            if (_byTenant.Count <= capacity) return;
            _byTenant.Remove(_newestFirst.Last!.Value.Key);
            _newestFirst.RemoveLast();
            _evictions++;
        }
    }
}
