using Tsdb;

namespace Receiver.RemoteWrite;

/// <summary>Where a tenant's database comes from.</summary>
public interface ITenantDatabases
{
    /// <summary>The tenant's database, opened or created when needed; completes at once when it is open.</summary>
    /// <exception cref="IOException">It cannot be opened; the text says why.</exception>
    ValueTask<Database> OpenAsync(string tenant, CancellationToken stop);
}
