using System.Globalization;

namespace Hashring.Configuration;

/// <summary>Decodes a hashrings document by the rules of Go's encoding/json, errors included.</summary>
/// <remarks>
/// A value of the wrong type is remembered (the first one is reported) and skipped; an endpoint or label set that refuses its
/// value ends the reading at once, and its error wins. Source: encoding/json decode.go, pkg/receive/config.go.
/// </remarks>
internal ref struct RingReader(ReadOnlySpan<byte> json)
{
    private const string RingType = "HashringConfig";
    private const string ShardingType = "ShuffleShardingConfig";
    private const string OverrideType = "ShuffleShardingOverrideConfig";
    private const string ShardingField = "shuffle_sharding_config";
    private const string OverridesField = ShardingField + ".overrides";

    private ValueReader _values = new(json);
    private TypeErrors _errors = new();

    /// <summary>Reads the document; null for JSON null.</summary>
    public static IReadOnlyList<HashringConfig>? Read(ReadOnlySpan<byte> json, out string error)
    {
        error = DocumentSyntax.Check(json);
        if (error.Length > 0) return [];
        var reader = new RingReader(json);
        var rings = reader.ReadRings();
        error = reader._errors.Text;
        return rings;
    }

    private List<HashringConfig>? ReadRings()
    {
        if (_values.Kind == ValueKind.Null) return null;
        var rings = new List<HashringConfig>();
        if (!TryEnter(ValueKind.Array, "", "", "[]receive.HashringConfig")) return rings;
        while (!_errors.IsFatal && _values.TryNext())
        {
            var ring = new RingDraft();
            ReadRing(ring);
            rings.Add(ring.ToConfig());
        }
        return rings;
    }

    private void ReadRing(RingDraft ring)
    {
        if (!TryEnter(ValueKind.Object, "", "", "receive.HashringConfig")) return;
        while (!_errors.IsFatal && _values.TryNext())
        {
            switch (FieldName.Fold(_values.ReadKey()))
            {
                case "HASHRING": ReadString(ref ring.Name, RingType, "hashring", "string"); break;
                case "TENANTS": ReadStrings(ring.Tenants, RingType, "tenants"); break;
                case "TENANT_MATCHER_TYPE":
                    ReadString(ref ring.MatcherType, RingType, "tenant_matcher_type", "receive.tenantMatcher");
                    break;
                case "ENDPOINTS": ReadEndpoints(ring.Endpoints); break;
                case "ALGORITHM": ReadString(ref ring.Algorithm, RingType, "algorithm", "receive.HashringAlgorithm"); break;
                case "EXTERNAL_LABELS": ReadExternalLabels(ring); break;
                case "SHUFFLE_SHARDING_CONFIG": ReadSharding(ring); break;
                default: _values.ReadRaw(); break;
            }
        }
    }

    private void ReadSharding(RingDraft ring)
    {
        if (!TryEnter(ValueKind.Object, RingType, ShardingField, "receive.ShuffleShardingConfig")) return;
        while (_values.TryNext())
        {
            switch (FieldName.Fold(_values.ReadKey()))
            {
                case "SHARD_SIZE": ReadInteger(ref ring.ShardSize, ShardingType, ShardingField + ".shard_size"); break;
                case "CACHE_SIZE": ReadInteger(ref ring.CacheSize, ShardingType, ShardingField + ".cache_size"); break;
                case "ZONE_AWARENESS_DISABLED": ReadZoneAwareness(ring); break;
                case "OVERRIDES": ReadOverrides(ring.Overrides); break;
                default: _values.ReadRaw(); break;
            }
        }
    }

    private void ReadOverrides(ReusedList<OverrideDraft> overrides)
    {
        if (TryNull(overrides.Reset)
            || !TryEnter(ValueKind.Array, ShardingType, OverridesField, "[]receive.ShuffleShardingOverrideConfig")) return;
        var count = 0;
        for (; _values.TryNext(); count++) ReadOverride(overrides[count] = overrides[count]);
        overrides.Resize(count);
    }

    private void ReadOverride(OverrideDraft draft)
    {
        if (!TryEnter(ValueKind.Object, ShardingType, OverridesField, "receive.ShuffleShardingOverrideConfig")) return;
        while (_values.TryNext())
        {
            switch (FieldName.Fold(_values.ReadKey()))
            {
                case "SHARD_SIZE": ReadInteger(ref draft.ShardSize, OverrideType, OverridesField + ".shard_size"); break;
                case "TENANTS": ReadStrings(draft.Tenants, OverrideType, OverridesField + ".tenants"); break;
                case "TENANT_MATCHER_TYPE":
                    ReadString(
                        ref draft.MatcherType, OverrideType, OverridesField + ".tenant_matcher_type", "receive.tenantMatcher");
                    break;
                default: _values.ReadRaw(); break;
            }
        }
    }

    private void ReadEndpoints(ReusedList<Endpoint> endpoints)
    {
        if (TryNull(endpoints.Reset) || !TryEnter(ValueKind.Array, RingType, "endpoints", "[]receive.Endpoint")) return;
        var count = 0;
        for (; !_errors.IsFatal && _values.TryNext(); count++)
        {
            var endpoint = endpoints[count];
            if (!EndpointReader.TryRead(ref _values, ref endpoint, out var error)) _errors.Stop(error);
            endpoints[count] = endpoint;
        }
        endpoints.Resize(count);
    }

    private void ReadExternalLabels(RingDraft ring)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var errors = new TypeErrors();
        if (_values.Kind == ValueKind.Object)
        {
            _values.Open();
            while (_values.TryNext())
            {
                var name = _values.ReadKey();
                var value = "";
                if (_values.Kind == ValueKind.String) value = _values.ReadString();
                else SkipString(ref errors, "external_labels");
                labels[name] = value;
            }
        }
        else
        {
            if (_values.Kind != ValueKind.Null) errors.Add(_values.Kind, RingType, "external_labels", "map[string]string");
            _values.ReadRaw();
        }
        if (errors.Text.Length > 0) _errors.Stop(errors.Text);
        ring.ExternalLabels = [.. labels];
    }

    private void ReadString(ref string target, string owner, string field, string type)
    {
        if (_values.Kind == ValueKind.String)
        {
            target = _values.ReadString();
            return;
        }
        if (_values.Kind != ValueKind.Null) _errors.Add(_values.Kind, owner, field, type);
        _values.ReadRaw();
    }

    private void SkipString(ref TypeErrors errors, string field)
    {
        if (_values.Kind != ValueKind.Null) errors.Add(_values.Kind, RingType, field, "string");
        _values.ReadRaw();
    }

    private void ReadStrings(ReusedList<string> target, string owner, string field)
    {
        if (TryNull(target.Reset) || !TryEnter(ValueKind.Array, owner, field, "[]string")) return;
        var count = 0;
        for (; _values.TryNext(); count++)
        {
            var text = target[count];
            ReadString(ref text, owner, field, "string");
            target[count] = text;
        }
        target.Resize(count);
    }

    private void ReadInteger(ref long target, string owner, string field)
    {
        var kind = _values.Kind;
        var raw = _values.ReadRaw();
        if (kind == ValueKind.Null) return;
        if (kind != ValueKind.Number) _errors.Add(kind, owner, field, "int");
        else if (long.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) target = value;
        else _errors.Add("number " + System.Text.Encoding.UTF8.GetString(raw), owner, field, "int");
    }

    private void ReadZoneAwareness(RingDraft ring)
    {
        var kind = _values.Kind;
        var raw = _values.ReadRaw();
        if (kind == ValueKind.Bool) ring.IsZoneAwarenessDisabled = raw[0] == 't';
        else if (kind != ValueKind.Null) _errors.Add(kind, ShardingType, ShardingField + ".zone_awareness_disabled", "bool");
    }

    private bool TryNull(Action reset)
    {
        if (_values.Kind != ValueKind.Null) return false;
        reset();
        _values.ReadRaw();
        return true;
    }

    private bool TryEnter(ValueKind kind, string owner, string field, string type)
    {
        var found = _values.Kind;
        if (found == kind)
        {
            _values.Open();
            return true;
        }
        if (found != ValueKind.Null) _errors.Add(found, owner, field, type);
        _values.ReadRaw();
        return false;
    }
}
