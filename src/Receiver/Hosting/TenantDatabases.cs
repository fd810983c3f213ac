using System.Runtime.CompilerServices;
using Receiver.RemoteWrite;
using Receiver.Tenancy;
using Tsdb;

namespace Receiver.Hosting;

/// <summary>Gives writers the database of a tenant.</summary>
internal sealed class TenantDatabases(TenantStore tenants) : ITenantDatabases
{
    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Database> OpenAsync(string tenant, CancellationToken stop) =>
        (await tenants.GetOrOpenAsync(tenant, stop)).Database;
}
