using System.Security.Cryptography.X509Certificates;
using Receiver.Tenancy;

namespace Receiver.RemoteWrite;

/// <summary>Decides whose a request is: the configured header, the default header, the default tenant; or the client
/// certificate.</summary>
/// <remarks>Order and texts: docs/formats/remote-write.md. The first value of a repeated header counts.</remarks>
public sealed class TenantSelector(RemoteWriteOptions options)
{
    // Object identifiers of X.520: organizationName, organizationalUnitName, commonName.
    private const string OrganizationOid = "2.5.4.10";
    private const string OrganizationalUnitOid = "2.5.4.11";
    private const string CommonNameOid = "2.5.4.3";

    /// <summary>The tenant as the HTTP metrics label it: the configured header or the default tenant, unchecked.</summary>
    public string Label(HttpRequest request)
    {
        var tenant = First(request, options.TenantHeader);
        return tenant.Length > 0 ? tenant : options.DefaultTenant;
    }

    /// <summary>The tenant of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tenant">A valid name.</param>
    /// <param name="error">The text of the 400 when there is none.</param>
    public bool TrySelect(HttpRequest request, out string tenant, out string error)
    {
        tenant = First(request, options.TenantHeader);
        if (tenant.Length == 0) tenant = First(request, RemoteWriteOptions.DefaultTenantHeader);
        if (tenant.Length == 0) tenant = options.DefaultTenant;
        if (options.CertificateField != TenantCertificateField.None && !TryCertificate(request, out tenant, out error))
            return false;
        error = TenantName.NotValid;
        return TenantName.IsValid(tenant);
    }

    private bool TryCertificate(HttpRequest request, out string tenant, out string error)
    {
        tenant = "";
        error = "could not get required certificate field from client cert";
        if (request.HttpContext.Connection.ClientCertificate is not { } certificate) return false;
        var (oid, name) = options.CertificateField switch
        {
            TenantCertificateField.Organization => (OrganizationOid, "organization"),
            TenantCertificateField.OrganizationalUnit => (OrganizationalUnitOid, "organizationalUnit"),
            _ => (CommonNameOid, "commonName"),
        };
        error = $"could not get {name} field from client cert";
        tenant = Find(certificate, oid);
        return tenant.Length > 0;
    }

    private static string Find(X509Certificate2 certificate, string oid)
    {
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == oid) return part.GetSingleElementValue() ?? "";
        }
        return "";
    }

    private static string First(HttpRequest request, string header) =>
        request.Headers.TryGetValue(header, out var values) && values.Count > 0 ? values[0] ?? "" : "";
}
