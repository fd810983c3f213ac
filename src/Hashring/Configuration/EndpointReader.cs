namespace Hashring.Configuration;

/// <summary>Reads one element of an endpoint list: an address, or an object with address, capnproto_address and az.</summary>
/// <remarks>
/// A string replaces only the address of what stood at its place; an object replaces all three. Source:
/// pkg/receive/config.go.
/// </remarks>
internal static class EndpointReader
{
    private const string Owner = "HashringConfig";

    public static bool TryRead(ref ValueReader values, ref Endpoint endpoint, out string error)
    {
        var errors = new TypeErrors();
        switch (values.Kind)
        {
            case ValueKind.String: endpoint = endpoint with { Address = values.ReadString() }; break;
            case ValueKind.Object: endpoint = ReadObject(ref values, ref errors); break;
            case ValueKind.Null: values.ReadRaw(); break;
            default:
                errors.Add(values.Kind, Owner, "endpoints", "receive.endpointAlias");
                values.ReadRaw();
                break;
        }
        if (errors.Text.Length == 0 && endpoint.Address.Length == 0) errors.Stop("endpoint address must be set");
        if (endpoint.CapnprotoAddress.Length == 0)
            endpoint = endpoint with { CapnprotoAddress = Endpoint.DefaultCapnproto(endpoint.Address) };
        error = errors.Text;
        return error.Length == 0;
    }

    private static Endpoint ReadObject(ref ValueReader values, ref TypeErrors errors)
    {
        string address = "", capnproto = "", az = "";
        values.Open();
        while (values.TryNext())
        {
            switch (FieldName.Fold(values.ReadKey()))
            {
                case "ADDRESS": ReadString(ref values, ref address, "endpoints.address", ref errors); break;
                case "CAPNPROTO_ADDRESS": ReadString(ref values, ref capnproto, "endpoints.capnproto_address", ref errors); break;
                case "AZ": ReadString(ref values, ref az, "endpoints.az", ref errors); break;
                default: values.ReadRaw(); break;
            }
        }
        return new Endpoint(address, capnproto, az);
    }

    private static void ReadString(ref ValueReader values, ref string target, string field, ref TypeErrors errors)
    {
        if (values.Kind == ValueKind.String)
        {
            target = values.ReadString();
            return;
        }
        if (values.Kind != ValueKind.Null) errors.Add(values.Kind, Owner, field, "string");
        values.ReadRaw();
    }
}
