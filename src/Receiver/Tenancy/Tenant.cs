using Tsdb;
using Tsdb.Labels;

namespace Receiver.Tenancy;

/// <summary>One owner of series: a database in a directory of its own, its external labels and its uploads.</summary>
/// <remarks>Thread-safe. Made and closed by <see cref="TenantStore"/>.</remarks>
public sealed class Tenant
{
    private readonly Lock _gate = new(); // Guards every mutable field below; taken last, held for a few instructions.
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LabelSet _externalLabels;
    private int _users;
    private bool _closed, _readOnly, _written;
    private long? _lastWriteMs, _lastCutMs;

    internal Tenant(string id, Database database, LabelSet externalLabels)
    {
        Id = id;
        Database = database;
        _externalLabels = externalLabels;
    }

    /// <summary>The tenant's name, which is also its directory's.</summary>
    public string Id { get; }

    /// <summary>Its series. A reader that may outlast a minute enters the tenant first, see <see cref="TryEnter"/>.</summary>
    public Database Database { get; }

    /// <summary>Its uploads; null without a bucket.</summary>
    public IBlockUploads? Uploads { get; internal set; }

    /// <summary>Directory of the database.</summary>
    public string DirectoryPath => Database.Options.Directory;

    /// <summary>Labels that its blocks and series carry for the rest of the system; replaced when the hashring changes.</summary>
    public LabelSet ExternalLabels
    {
        get => Volatile.Read(ref _externalLabels);
        internal set => Volatile.Write(ref _externalLabels, value);
    }

    /// <summary>Whether it waits to be pruned: readers skip it, the next write brings it back.</summary>
    public bool IsReadOnly
    {
        get { lock (_gate) return _readOnly; }
    }

    /// <summary>
    /// Keeps the database open until <see cref="Exit"/>; false when it is being closed. Every reader of <see cref="Database"/>
    /// that takes the tenant from <see cref="TenantStore.Open"/> enters it first.
    /// </summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_closed) return false;
            _users++;
            return true;
        }
    }

    /// <summary>Ends one successful <see cref="TryEnter"/>.</summary>
    public void Exit()
    {
        lock (_gate)
        {
            if (--_users == 0 && _closed) _idle.TrySetResult();
        }
    }

    /// <summary>Serialises cutting, flushing and retention of this tenant.</summary>
    internal SemaphoreSlim Maintenance { get; } = new(1, 1);

    /// <summary>Its cutting timer.</summary>
    internal CutLoop? Cutting { get; set; }

    /// <summary>When a periodic cut last went well in this process, Unix ms; null before the first.</summary>
    internal long? LastCutMs
    {
        get { lock (_gate) return _lastCutMs; }
        set { lock (_gate) _lastCutMs = value; }
    }

    /// <summary>Notes that a write is about to happen, which ends read-only; false when the tenant is being closed.</summary>
    internal bool TryBeginWrite()
    {
        lock (_gate)
        {
            if (_closed) return false;
            _written = true;
            _readOnly = false;
            return true;
        }
    }

    /// <summary>
    /// Turns "written since the last call" into a time. Called once a minute, so that writes need not read the clock.
    /// </summary>
    /// <returns>About when it was last written to, Unix ms; at first the newest sample found at opening; null when there never
    /// was one.</returns>
    internal long? LastWriteMs(long nowMs)
    {
        lock (_gate)
        {
            if (_written) _lastWriteMs = nowMs;
            else if (_lastWriteMs is null && Database.HeadMaxTimeMs >= 0) _lastWriteMs = Database.HeadMaxTimeMs;
            _written = false;
            return _lastWriteMs;
        }
    }

    /// <summary>Marks it as waiting to be pruned.</summary>
    internal void MarkReadOnly()
    {
        lock (_gate) _readOnly = !_written;
    }

    /// <summary>Closes it for good if it is still marked and nobody is inside.</summary>
    internal bool TryCloseIdle()
    {
        lock (_gate)
        {
            if (!_readOnly || _users > 0 || _closed) return false;
            return _closed = true;
        }
    }

    /// <summary>Lets nobody in any more and waits for those inside.</summary>
    internal Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_users == 0) _idle.TrySetResult();
        }
        return _idle.Task;
    }
}
