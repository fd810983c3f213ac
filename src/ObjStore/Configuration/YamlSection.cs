using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ObjStore.Configuration;

/// <summary>
/// One mapping of a YAML document, read key by key; what nobody asked for is an error, as is a value of the wrong kind.
/// </summary>
/// <remarks>
/// Errors are collected, in upstream's wording, and thrown together by <see cref="ThrowIfWrong"/>, so a file is mended in one go.
/// </remarks>
internal sealed class YamlSection
{
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly List<YamlSection> _inner = [];
    private readonly List<string> _errors;
    private readonly string _type;

    private YamlSection(YamlNode? node, string type, List<string> errors)
    {
        (_type, _errors) = (type, errors);
        if (node is null or YamlScalarNode { Value: null or "" or "~" or "null", Style: ScalarStyle.Plain }) return;
        if (node is not YamlMappingNode mapping)
        {
            Wrong(node, $"cannot unmarshal {Describe(node)} into {type}");
            return;
        }
        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: { } name }) _values.Add(name, value);
            else Wrong(key, $"invalid map key in type {type}");
        }
    }

    /// <summary>Reads the first document of a text.</summary>
    /// <param name="yaml">The text; empty counts as an empty mapping.</param>
    /// <param name="type">What error texts call the outermost mapping.</param>
    /// <exception cref="BucketConfigException">It is not YAML.</exception>
    public static YamlSection Parse(string yaml, string type)
    {
        var stream = new YamlStream();
        try { stream.Load(new StringReader(yaml)); }
        catch (YamlException e)
        {
            throw new BucketConfigException(
                $"parsing config YAML file: yaml: line {e.Start.Line}: {e.InnerException?.Message ?? e.Message}", e);
        }
        return new YamlSection(stream.Documents.Count > 0 ? stream.Documents[0].RootNode : null, type, []);
    }

    public string Text(string key, string fallback = "") => Scalar(key)?.Value ?? fallback;

    public bool Flag(string key, bool fallback = false)
    {
        if (Scalar(key) is not { } scalar) return fallback;
        switch (scalar.Value)
        {
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y": return true;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N": return false;
            default: Wrong(scalar, $"cannot unmarshal !!str `{scalar.Value}` into bool"); return fallback;
        }
    }

    public long Whole(string key, long fallback)
    {
        if (Scalar(key) is not { } scalar) return fallback;
        if (long.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Wrong(scalar, $"cannot unmarshal !!str `{scalar.Value}` into uint64");
        return fallback;
    }

    public TimeSpan Duration(string key, TimeSpan fallback)
    {
        if (Scalar(key) is not { } scalar) return fallback;
        if (ModelDuration.TryParse(scalar.Value, out var duration)) return duration;
        Wrong(scalar, $"not a valid duration string: \"{scalar.Value}\"");
        return fallback;
    }

    /// <summary>A mapping with free keys and text values.</summary>
    public IReadOnlyDictionary<string, string> Map(string key)
    {
        var inner = Section(key, "map[string]string");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in inner._values.Keys) map.Add(name, inner.Text(name));
        return map;
    }

    /// <summary>A nested mapping, empty when absent.</summary>
    public YamlSection Section(string key, string type)
    {
        _asked.Add(key);
        var inner = new YamlSection(_values.GetValueOrDefault(key), type, _errors);
        _inner.Add(inner);
        return inner;
    }

    /// <summary>Call it after the last key has been asked for.</summary>
    /// <exception cref="BucketConfigException">Some value was of the wrong kind, or some key is unknown.</exception>
    public void ThrowIfWrong()
    {
        FindUnknown();
        if (_errors.Count == 0) return;
        throw new BucketConfigException("parsing config YAML file: yaml: unmarshal errors:\n  " + string.Join("\n  ", _errors));
    }

    private void FindUnknown()
    {
        foreach (var (key, value) in _values)
        {
            if (!_asked.Contains(key)) Wrong(value, $"field {key} not found in type {_type}");
        }
        foreach (var inner in _inner) inner.FindUnknown();
    }

    private YamlScalarNode? Scalar(string key)
    {
        _asked.Add(key);
        if (!_values.TryGetValue(key, out var node)) return null;
        if (node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" }) return null;
        if (node is YamlScalarNode scalar) return scalar;
        Wrong(node, $"cannot unmarshal {Describe(node)} into string");
        return null;
    }

    private void Wrong(YamlNode node, string text) => _errors.Add($"line {node.Start.Line}: {text}");

    private static string Describe(YamlNode node) => node switch
    {
        YamlSequenceNode => "!!seq",
        YamlMappingNode => "!!map",
        _ => $"!!str `{node}`",
    };
}
