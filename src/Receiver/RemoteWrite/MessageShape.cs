namespace Receiver.RemoteWrite;

/// <summary>The fields of one message type, enough to tell a well-formed message from a broken one without keeping anything of
/// it.</summary>
/// <remarks>
/// Used where a message is passed on or counted, not read: a label run seen for the first time, exemplars, histograms, metadata.
/// Field numbers and names are those of the published definitions; the names appear in error texts. Depth is bounded by the
/// tables.
/// </remarks>
internal sealed class MessageShape
{
    private enum Kind : byte { Unknown, Varint, Fixed64, Bytes, Message, Varints, Fixed64s }

    private readonly record struct FieldShape(string Name, Kind Kind, MessageShape? Inner = null);

    private readonly FieldShape[] _fields;

    private MessageShape(string name, params ReadOnlySpan<(int Number, FieldShape Shape)> fields)
    {
        Name = name;
        // Histogram's 16 is the highest number there is; index 0 stays unused.
        _fields = new FieldShape[17];
        foreach (var (number, shape) in fields) _fields[number] = shape;
    }

    /// <summary>prometheus.Label.</summary>
    public static MessageShape Label { get; } = new("Label", (1, new("Name", Kind.Bytes)), (2, new("Value", Kind.Bytes)));

    /// <summary>prometheus.Sample.</summary>
    public static MessageShape Sample { get; } = new(
        "Sample", (1, new("Value", Kind.Fixed64)), (2, new("Timestamp", Kind.Varint)));

    /// <summary>prometheus.Exemplar.</summary>
    public static MessageShape Exemplar { get; } = new(
        "Exemplar", (1, new("Labels", Kind.Message, Label)), (2, new("Value", Kind.Fixed64)), (3, new("Timestamp", Kind.Varint)));

    /// <summary>prometheus.MetricMetadata.</summary>
    public static MessageShape Metadata { get; } = new(
        "MetricMetadata", (1, new("Type", Kind.Varint)), (2, new("MetricFamilyName", Kind.Bytes)),
        (4, new("Help", Kind.Bytes)), (5, new("Unit", Kind.Bytes)));

    /// <summary>prometheus.Histogram.</summary>
    public static MessageShape Histogram { get; } = CreateHistogram();

    /// <summary>Name of the message type.</summary>
    public string Name { get; }

    /// <summary>Walks the message between two offsets.</summary>
    public DecodeFault Check(ReadOnlySpan<byte> bytes, int start, int end)
    {
        var reader = new WireReader(bytes, start, end);
        while (reader.NextField(Name))
        {
            var field = (uint)reader.Field < (uint)_fields.Length ? _fields[reader.Field] : default;
            CheckField(ref reader, field, bytes);
        }
        return reader.Fault;
    }

    private static void CheckField(ref WireReader reader, FieldShape field, ReadOnlySpan<byte> bytes)
    {
        switch (field.Kind)
        {
            case Kind.Unknown:
                reader.Skip();
                break;
            case Kind.Varint:
                if (reader.Expect(WireReader.Varint, field.Name)) reader.TryVarint(out _);
                break;
            case Kind.Fixed64:
                if (reader.Expect(WireReader.Fixed64, field.Name)) reader.TryFixed64(out _);
                break;
            case Kind.Bytes:
                if (reader.Expect(WireReader.Bytes, field.Name)) reader.TryBytes(out _);
                break;
            case Kind.Message:
                if (!reader.Expect(WireReader.Bytes, field.Name) || !reader.TryBytes(out var start)) break;
                var fault = field.Inner!.Check(bytes, start, reader.Position);
                if (!fault.IsNone) reader.Fail(fault);
                break;
            case Kind.Varints:
                CheckRepeated(ref reader, field.Name, WireReader.Varint, bytes);
                break;
            case Kind.Fixed64s:
                CheckRepeated(ref reader, field.Name, WireReader.Fixed64, bytes);
                break;
        }
    }

    // Repeated scalars come packed, unpacked and mixed.
    private static void CheckRepeated(ref WireReader reader, string name, int single, ReadOnlySpan<byte> bytes)
    {
        if (reader.WireType != WireReader.Bytes)
        {
            if (!reader.Expect(single, name)) return;
            if (single == WireReader.Varint) reader.TryVarint(out _);
            else reader.TryFixed64(out _);
            return;
        }
        if (!reader.TryBytes(out var start)) return;
        var packed = new WireReader(bytes, start, reader.Position);
        while (packed.Position < reader.Position && packed.Fault.IsNone)
        {
            if (single == WireReader.Varint) packed.TryVarint(out _);
            else packed.TryFixed64(out _);
        }
        if (!packed.Fault.IsNone) reader.Fail(packed.Fault);
    }

    private static MessageShape CreateHistogram()
    {
        var span = new MessageShape("BucketSpan", (1, new("Offset", Kind.Varint)), (2, new("Length", Kind.Varint)));
        return new MessageShape(
            "Histogram",
            (1, new("CountInt", Kind.Varint)),
            (2, new("CountFloat", Kind.Fixed64)),
            (3, new("Sum", Kind.Fixed64)),
            (4, new("Schema", Kind.Varint)),
            (5, new("ZeroThreshold", Kind.Fixed64)),
            (6, new("ZeroCountInt", Kind.Varint)),
            (7, new("ZeroCountFloat", Kind.Fixed64)),
            (8, new("NegativeSpans", Kind.Message, span)),
            (9, new("NegativeDeltas", Kind.Varints)),
            (10, new("NegativeCounts", Kind.Fixed64s)),
            (11, new("PositiveSpans", Kind.Message, span)),
            (12, new("PositiveDeltas", Kind.Varints)),
            (13, new("PositiveCounts", Kind.Fixed64s)),
            (14, new("ResetHint", Kind.Varint)),
            (15, new("Timestamp", Kind.Varint)),
            (16, new("CustomValues", Kind.Fixed64s)));
    }
}
