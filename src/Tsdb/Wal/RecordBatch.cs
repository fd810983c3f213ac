using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Records that are logged together, in one buffer that is reused.</summary>
/// <remarks>Write one record into <see cref="Bytes"/>, then call <see cref="End"/>; an empty one is left out.</remarks>
internal sealed class RecordBatch(int capacityBytes = 4096) : IDisposable
{
    private readonly List<int> _ends = [];
    private readonly List<WordRun> _words = [];
    private readonly List<int> _wordEnds = [];

    /// <summary>Where the record at hand goes, behind the ones before.</summary>
    public ByteBuffer Bytes { get; } = new(capacityBytes);

    /// <summary>Records in it.</summary>
    public int Count => _ends.Count;

    /// <summary>One record.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var from = index == 0 ? 0 : _ends[index - 1];
            return Bytes.Written[from.._ends[index]];
        }
    }

    /// <summary>Where a record has numbers of eight bytes, as far as it was told.</summary>
    public ReadOnlySpan<WordRun> WordsOf(int index)
    {
        var from = index == 0 ? 0 : _wordEnds[index - 1];
        return CollectionsMarshal.AsSpan(_words)[from.._wordEnds[index]];
    }

    /// <summary>Says that the record at hand has numbers of eight bytes.</summary>
    /// <param name="at">Where in <see cref="Bytes"/>.</param>
    /// <param name="count">How many.</param>
    public void HasWords(int at, int count) => _words.Add(new WordRun(at - Begin, count));

    /// <summary>Ends the record at hand.</summary>
    public void End()
    {
        if (Bytes.Length == Begin) return;
        _ends.Add(Bytes.Length);
        _wordEnds.Add(_words.Count);
    }

    private int Begin => _ends.Count == 0 ? 0 : _ends[^1];

    /// <summary>Adds a whole record.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        Bytes.Write(record);
        End();
    }

    /// <summary>Adds the records of another batch.</summary>
    public void Add(RecordBatch other)
    {
        for (var i = 0; i < other.Count; i++) Add(other[i]);
    }

    /// <summary>Forgets all records.</summary>
    public void Clear()
    {
        Bytes.Clear();
        _ends.Clear();
        _words.Clear();
        _wordEnds.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();
}
