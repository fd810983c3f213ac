namespace Receiver.RemoteWrite;

/// <summary>Which message holds the series.</summary>
public enum Envelope : byte
{
    /// <summary>prometheus.WriteRequest: series (1), metadata (3).</summary>
    RemoteWrite,

    /// <summary>thanos.WriteRequest: series (1), tenant (2), replica (3), tuples (4).</summary>
    Forwarded,

    /// <summary>thanos.TimeSeriesTenantTuple: series (1), tenant (2).</summary>
    TenantTuple,
}

/// <summary>Where the walker stopped.</summary>
internal enum WalkStep : byte
{
    /// <summary>After the last field, or at a fault.</summary>
    End,

    /// <summary>At a TimeSeries message.</summary>
    Series,

    /// <summary>At a tuple of a forwarded request.</summary>
    Tuple,
}

/// <summary>Steps over the top level of a write request: every series is a span of the body, nothing is copied.</summary>
/// <remarks>Metadata is checked and counted, unknown fields are stepped over. Field numbers:
/// docs/formats/remote-write.md.</remarks>
internal ref struct WriteRequestWalker(ReadOnlySpan<byte> body, int start, int end, Envelope envelope)
{
    private const int SeriesField = 1;
    private const int TenantField = 2;
    private const int ReplicaOrMetadataField = 3;
    private const int TuplesField = 4;

    private readonly ReadOnlySpan<byte> _body = body;
    private WireReader _reader = new(body, start, end);

    /// <summary>Offset of the tag of the field stopped at.</summary>
    public readonly int FieldStart => _reader.FieldStart;

    /// <summary>Offset of the content of the message stopped at.</summary>
    public int ContentStart { get; private set; }

    /// <summary>Offset after the field stopped at.</summary>
    public readonly int FieldEnd => _reader.Position;

    /// <summary>Name of the tenant, as far as it has been seen.</summary>
    public ReadOnlySpan<byte> Tenant { get; private set; }

    /// <summary>Number of the replica, one-based; 0 when absent.</summary>
    public long Replica { get; private set; }

    /// <summary>Metadata messages seen.</summary>
    public int MetadataCount { get; private set; }

    /// <summary>Why the walk ended early, or none.</summary>
    public readonly DecodeFault Fault => _reader.Fault;

    /// <summary>Steps to the next series or tuple.</summary>
    public WalkStep Next()
    {
        while (_reader.NextField(envelope == Envelope.TenantTuple ? "TimeSeriesTenantTuple" : "WriteRequest"))
        {
            if (_reader.Field == SeriesField) return TryMessage("Timeseries") ? WalkStep.Series : WalkStep.End;
            if (_reader.Field == TuplesField && envelope == Envelope.Forwarded)
                return TryMessage("TimeseriesTenantData") ? WalkStep.Tuple : WalkStep.End;
            ReadOther();
        }
        return WalkStep.End;
    }

    private void ReadOther()
    {
        if (_reader.Field == ReplicaOrMetadataField && envelope == Envelope.RemoteWrite)
        {
            if (!TryMessage("Metadata")) return;
            MetadataCount++;
            var fault = MessageShape.Metadata.Check(_body, ContentStart, _reader.Position);
            if (!fault.IsNone) _reader.Fail(fault);
        }
        else if (_reader.Field == ReplicaOrMetadataField && envelope == Envelope.Forwarded)
        {
            if (_reader.Expect(WireReader.Varint, "Replica") && _reader.TryVarint(out var replica)) Replica = (long)replica;
        }
        else if (_reader.Field == TenantField && envelope != Envelope.RemoteWrite)
        {
            if (TryMessage("Tenant")) Tenant = _body[ContentStart.._reader.Position];
        }
        else
        {
            _reader.Skip();
        }
    }

    /// <summary>Ends the walk with a fault found inside a series.</summary>
    public void Fail(DecodeFault fault) => _reader.Fail(fault);

    private bool TryMessage(string field)
    {
        if (!_reader.Expect(WireReader.Bytes, field) || !_reader.TryBytes(out var start)) return false;
        ContentStart = start;
        return true;
    }
}
