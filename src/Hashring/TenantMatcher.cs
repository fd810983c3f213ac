using System.Collections.Frozen;
using System.Text;

namespace Hashring;

/// <summary>Decides which tenants a ring serves.</summary>
/// <remarks>
/// Upstream scans the patterns of a ring in random order, so with a malformed and a matching one either may win; here a match
/// wins.
/// </remarks>
internal sealed class TenantMatcher
{
    private readonly FrozenSet<string> _names;
    private readonly string[] _patterns;
    private readonly bool _acceptsAll;

    public TenantMatcher(HashringConfig config)
    {
        _acceptsAll = config.Tenants.Count == 0;
        var isExact = config.TenantMatcherType is "" or "exact";
        _names = isExact ? config.Tenants.ToFrozenSet(StringComparer.Ordinal) : FrozenSet<string>.Empty;
        _patterns = config.TenantMatcherType == "glob" ? [.. config.Tenants] : [];
    }

    /// <summary>
    /// Whether the ring serves the tenant; <paramref name="error"/> names a malformed pattern met on the way.
    /// </summary>
    public bool Accepts(string tenant, out string error)
    {
        error = "";
        if (_acceptsAll || _names.Contains(tenant)) return true;
        foreach (var pattern in _patterns)
        {
            var result = GlobPattern.Match(Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(tenant));
            if (result == GlobResult.BadPattern && error.Length == 0)
                error = $"error matching tenant pattern {pattern} (tenant {tenant}): syntax error in pattern";
            if (result != GlobResult.Match) continue;
            error = "";
            return true;
        }
        return false;
    }
}
