using System.Buffers.Binary;

namespace Tsdb.Index;

/// <summary>The strings of an index, read in place. Every sixteenth one's offset is kept; the others are reached by
/// walking.</summary>
internal sealed class SymbolTable
{
    /// <summary>Symbols per kept offset: a quarter of a byte a symbol, and eight length prefixes to step over on
    /// average.</summary>
    private const int Stride = 16;

    private readonly IndexFile _file;
    private readonly IndexFile.Section _section;
    private readonly uint[] _offsets; // Of each sixteenth symbol, from the start of the content.
    private readonly bool _refsAreOffsets;

    /// <summary>Bytes on the heap.</summary>
    public long SizeBytes => (long)_offsets.Length * sizeof(uint);

    public SymbolTable(IndexFile file, ulong offset, bool refsAreOffsets)
    {
        _file = file;
        _refsAreOffsets = refsAreOffsets;
        _section = file.Check(offset, "symbol table");
        if (_section.Length < sizeof(uint)) throw file.Damaged(_section.Start, "symbol table: invalid size");
        var count = BinaryPrimitives.ReadUInt32BigEndian(file.Read(_section.Start, sizeof(uint)));
        // Each symbol has a length prefix of a byte at least.
        if (count > _section.Length - sizeof(uint))
            throw file.Damaged(_section.Start, $"symbol table: {count} symbols do not fit");
        Count = count;
        _offsets = new uint[(count + Stride - 1) / Stride];
        var at = _section.Start + sizeof(uint);
        for (var i = 0u; i < count; i++)
        {
            if (i % Stride == 0) _offsets[i / Stride] = (uint)(at - _section.Start);
            var taken = file.ReadString(at, _section.End, out _);
            if (taken == 0) throw file.Damaged(at, $"symbol table: symbol {i} does not fit");
            at += taken;
        }
    }

    public uint Count { get; }

    /// <summary>A symbol by the reference that series use.</summary>
    /// <returns>False when there is no such symbol.</returns>
    public bool TryGet(ulong reference, out ReadOnlySpan<byte> symbol)
    {
        symbol = default;
        if (_refsAreOffsets) // Version 1: the absolute offset of the string.
            return reference >= (ulong)_section.Start && reference < (ulong)_section.End
                && _file.ReadString((long)reference, _section.End, out symbol) > 0;
        if (reference >= Count) return false;
        var at = _section.Start + _offsets[reference / Stride];
        for (var skip = reference % Stride; skip > 0; skip--) at += _file.ReadString(at, _section.End, out _);
        return _file.ReadString(at, _section.End, out symbol) > 0;
    }

    /// <summary>Copies of all symbols in order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> All()
    {
        var at = _section.Start + sizeof(uint);
        for (var i = 0u; i < Count; i++) yield return Copy(ref at);
    }

    private byte[] Copy(ref long at)
    {
        at += _file.ReadString(at, _section.End, out var symbol);
        return symbol.ToArray();
    }
}
