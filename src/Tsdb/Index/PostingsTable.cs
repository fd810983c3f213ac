using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>The postings offset table of an index, read in place. Names are kept, and every 32nd value's place.</summary>
internal sealed class PostingsTable
{
    /// <summary>Values per kept place.</summary>
    private const int SortedStride = 32;

    private readonly IndexFile _file;
    private readonly IndexFile.Section _section;
    private readonly List<NameEntry> _names = [];
    private readonly int _stride;

    /// <summary>Reads the table. A section that is absent (offset 0) is an empty table.</summary>
    public PostingsTable(IndexFile file, ulong offset, bool isSorted)
    {
        _file = file;
        _stride = isSorted ? SortedStride : 1;
        if (offset == 0) return;
        _section = file.Check(offset, "postings offset table");
        if (_section.Length < sizeof(uint)) throw file.Damaged(_section.Start, "postings offset table: invalid size");
        var count = BinaryPrimitives.ReadUInt32BigEndian(file.Read(_section.Start, sizeof(uint)));
        // An entry is at least a key count, two empty strings and an offset.
        if (count > (_section.Length - sizeof(uint)) / 4)
            throw file.Damaged(_section.Start, $"postings offset table: {count} entries do not fit");
        if (isSorted) ReadSorted(count);
        else ReadUnsorted(count);
    }

    /// <summary>Names that occur, ascending; the empty name belongs to the list of all series.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Names()
    {
        var names = new List<ReadOnlyMemory<byte>>(_names.Count);
        foreach (var entry in _names)
        {
            if (entry.Name.Length > 0) names.Add(entry.Name);
        }
        return names;
    }

    /// <summary>Values of a name, ascending, as slices of one array.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Values(ReadOnlySpan<byte> name)
    {
        var found = FindName(name);
        if (found is null) return [];
        var total = 0;
        var walk = new Walk(this, found, 0);
        while (walk.MoveNext()) total = checked(total + walk.Current.Value.Length);
        var text = new byte[total];
        var values = new List<ReadOnlyMemory<byte>>(found.Count);
        var at = 0;
        walk = new Walk(this, found, 0);
        while (walk.MoveNext())
        {
            var value = walk.Current.Value;
            value.CopyTo(text.AsSpan(at));
            values.Add(text.AsMemory(at, value.Length));
            at += value.Length;
        }
        return values;
    }

    /// <summary>Offset of the list of one label.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, out ulong listOffset)
    {
        listOffset = 0;
        var found = FindName(name);
        if (found is null) return false;
        // The last kept place whose value is not behind the one looked for.
        var (low, high) = (0, found.Places.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (ReadEntry(found.Places[middle]).Value.SequenceCompareTo(value) <= 0) low = middle;
            else high = middle - 1;
        }
        var walk = new Walk(this, found, low);
        for (var i = 0; i < _stride && walk.MoveNext(); i++)
        {
            if (!walk.Current.Value.SequenceEqual(value)) continue;
            listOffset = walk.Current.ListOffset;
            return true;
        }
        return false;
    }

    private void ReadSorted(uint count)
    {
        var at = (uint)sizeof(uint);
        var last = default(Entry);
        for (var i = 0u; i < count; i++)
        {
            var entry = ReadEntry(at);
            var order = i == 0 ? -1 : last.Name.SequenceCompareTo(entry.Name);
            if (order == 0 && last.Value.SequenceCompareTo(entry.Value) >= 0) order = 1;
            if (order > 0) throw _file.Damaged(_section.Start + at, "postings offset table: entries are out of order");
            if (order < 0) _names.Add(new NameEntry(entry.Name.ToArray()));
            var name = _names[^1];
            if (name.Count++ % SortedStride == 0) name.Places.Add(at);
            last = entry;
            at = entry.Next;
        }
    }

    /// <summary>Version 1 files may list labels in any order, so every place is kept and sorted.</summary>
    private void ReadUnsorted(uint count)
    {
        var places = new List<uint>();
        var at = (uint)sizeof(uint);
        for (var i = 0u; i < count; i++)
        {
            places.Add(at);
            at = ReadEntry(at).Next;
        }
        places.Sort(Compare);
        foreach (var place in places)
        {
            var entry = ReadEntry(place);
            if (_names.Count == 0 || !entry.Name.SequenceEqual(_names[^1].Name)) _names.Add(new NameEntry(entry.Name.ToArray()));
            _names[^1].Places.Add(place);
            _names[^1].Count++;
        }
    }

    private int Compare(uint left, uint right)
    {
        var a = ReadEntry(left);
        var b = ReadEntry(right);
        var order = a.Name.SequenceCompareTo(b.Name);
        return order != 0 ? order : a.Value.SequenceCompareTo(b.Value);
    }

    private NameEntry? FindName(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, _names.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _names[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0) return _names[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    private Entry ReadEntry(uint place)
    {
        var at = _section.Start + place;
        var keys = Varint.Read(_file.Read(at, Math.Min(Varint.LengthMax, _section.End - at)), out var keyCount);
        if (keys == 0 || keyCount != 2)
            throw _file.Damaged(at, $"unexpected number of keys for postings offset table {keyCount}");
        at += keys;
        var name = _file.ReadString(at, _section.End, out var nameText);
        // A name that does not fit leaves the value to be read where the name begins, which is refused all the same.
        var value = _file.ReadString(at + name, _section.End, out var valueText);
        if (name == 0 || value == 0) throw _file.Damaged(at, "postings offset table: an entry does not fit");
        at += name + value;
        var taken = Varint.Read(_file.Read(at, Math.Min(Varint.LengthMax, _section.End - at)), out var offset);
        if (taken == 0) throw _file.Damaged(at, "postings offset table: an entry does not fit");
        return new Entry(nameText, valueText, offset, (uint)(at + taken - _section.Start));
    }

    private sealed class NameEntry(byte[] name)
    {
        public byte[] Name { get; } = name;

        public int Count { get; set; }

        public List<uint> Places { get; } = [];
    }

    private readonly ref struct Entry(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ulong listOffset, uint next)
    {
        public readonly ReadOnlySpan<byte> Name = name;
        public readonly ReadOnlySpan<byte> Value = value;
        public readonly ulong ListOffset = listOffset;
        public readonly uint Next = next;
    }

    /// <summary>Walks the entries of one name from one of its kept places on.</summary>
    private ref struct Walk(PostingsTable table, NameEntry name, int place)
    {
        private int _index = (place * table._stride) - 1;

        public Entry Current { get; private set; }

        public bool MoveNext()
        {
            if (++_index >= name.Count) return false;
            // Between kept places the next entry follows in the file; sorted by us, it may be anywhere.
            Current = table.ReadEntry(_index % table._stride == 0 ? name.Places[_index / table._stride] : Current.Next);
            return true;
        }
    }
}
