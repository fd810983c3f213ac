namespace Tsdb.Chunks;

/// <summary>Start timestamps between the samples of a chunk of encodings 4 to 6: read and dropped.</summary>
/// <remarks>Layout: docs/formats/chunks.md, "Start times". One byte in front of a chunk tells whether the first sample has one
/// (bit 7)
/// and from which sample on the others do (bits 0-6; 0 = none).</remarks>
internal struct StartTimes(byte header)
{
    private const byte FirstFlag = 0x80;

    private readonly bool _firstHas = (header & FirstFlag) != 0;
    private readonly int _from = header & ~FirstFlag;
    private int _samples;

    /// <summary>Moves the reader over what follows the next sample.</summary>
    public void SkipOne(ref BitReader reader)
    {
        var at = _samples++;
        if (at == 0)
        {
            if (_firstHas) reader.ReadUvarint();
        }
        else if (_from > 0 && at >= _from)
        {
            Varbit.ReadInt(ref reader);
        }
    }
}
