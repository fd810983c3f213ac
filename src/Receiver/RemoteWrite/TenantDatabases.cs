using System.Runtime.CompilerServices;
using Receiver.Tenancy;
using Tsdb;

namespace Receiver.RemoteWrite;

/// <summary>The databases of the tenants of this process.</summary>
public sealed class TenantDatabases(TenantStore tenants) : ITenantDatabases
{
    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Database> OpenAsync(string tenant, CancellationToken stop) =>
        (await tenants.GetOrOpenAsync(tenant, stop)).Database;
}
