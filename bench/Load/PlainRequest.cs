using System.Text;

namespace Load;

/// <summary>An uncompressed remote-write request that says of every byte whether it will change between rounds.</summary>
/// <remarks>Layout: WriteRequest { 1: TimeSeries { 1: Label { 1: name, 2: value }…, 2: Sample { 1: double, 2: int64 } } …
/// }.</remarks>
internal sealed class PlainRequest
{
    /// <summary>Bytes of a timestamp's varint: 42 bits reach from 1971 to the year 2109, and all of it after 2004 takes
    /// six.</summary>
    public const int TimestampBytes = 6;

    /// <summary>Marks a byte of a varint that another one follows.</summary>
    private const byte More = 0x80;

    private const int SampleBytes = 1 + sizeof(double) + 1 + TimestampBytes;

    private readonly List<byte> _label = [];
    private byte[] _bytes = new byte[1 << 20];
    private ByteKind[] _kinds = new ByteKind[1 << 20];

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public ReadOnlySpan<ByteKind> Kinds => _kinds.AsSpan(0, Length);

    public int Length { get; private set; }

    /// <summary>Where each series begins.</summary>
    public List<int> SeriesStarts { get; } = [];

    /// <summary>Bytes of names and values written.</summary>
    public long LabelTextBytes { get; private set; }

    public void Clear()
    {
        Length = 0;
        SeriesStarts.Clear();
    }

    public void AddSeries(SeriesLabels labels)
    {
        _label.Clear();
        for (var i = 0; i < labels.Names.Count; i++)
        {
            if (labels.Values[i].Length > 0) AddLabel(labels.Names[i], labels.Values[i]);
        }
        SeriesStarts.Add(Length);
        Put(0x0A); // WriteRequest.timeseries
        PutLength(_label.Count + 2 + SampleBytes);
        foreach (var one in _label) Put(one);
        Put(0x12); // TimeSeries.samples
        Put(SampleBytes);
        Put(0x09); // Sample.value
        for (var i = 0; i < sizeof(double); i++) Put(0, ByteKind.Value);
        Put(0x10); // Sample.timestamp
        for (var i = 0; i < TimestampBytes; i++)
            Put(i < TimestampBytes - 1 ? More : (byte)1, (ByteKind)((int)ByteKind.Timestamp0 + i));
    }

    private void AddLabel(byte[] name, byte[] value)
    {
        LabelTextBytes += name.Length + value.Length;
        if (name.Length + value.Length > 120) throw new FormatException($"label {Encoding.UTF8.GetString(name)} is too long");
        _label.Add(0x0A); // TimeSeries.labels
        _label.Add((byte)(name.Length + value.Length + 4));
        _label.Add(0x0A); // Label.name
        _label.Add((byte)name.Length);
        _label.AddRange(name);
        _label.Add(0x12); // Label.value
        _label.Add((byte)value.Length);
        _label.AddRange(value);
    }

    private void PutLength(int value)
    {
        for (; value >= More; value >>= 7) Put((byte)(value | More));
        Put((byte)value);
    }

    private void Put(byte value, ByteKind kind = ByteKind.Fixed)
    {
        if (Length == _bytes.Length)
        {
            Array.Resize(ref _bytes, Length * 2);
            Array.Resize(ref _kinds, Length * 2);
        }
        _bytes[Length] = value;
        _kinds[Length++] = kind;
    }
}

/// <summary>What a byte of a request is. Timestamps count their bytes, so that only equal places of two timestamps look
/// alike.</summary>
internal enum ByteKind : byte
{
    Fixed,
    Value,
    Timestamp0,
}
