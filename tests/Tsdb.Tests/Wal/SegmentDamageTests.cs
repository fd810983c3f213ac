using Tsdb.Files;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>A small log cut and flipped at every byte: never a crash, never an endless loop, never wrong data.</summary>
public sealed class SegmentDamageTests : IDisposable
{
    private readonly List<string> _lines = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("wal-damage-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reader_CutAtEveryByte_GivesAPrefixOfWhatWasLogged(int compression)
    {
        var (records, bytes) = WriteOpenLog((RecordCompression)compression);
        var path = SegmentDirectory.SegmentPath(_directory, 0);
        for (var length = bytes.Length; length >= 0; length--)
        {
            File.WriteAllBytes(path, bytes.AsSpan(0, length));
            AssertPrefix(records, $"cut at {length}", out var count, out _);
            if (length == bytes.Length) Assert.Equal(records.Count, count);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reader_EveryByteFlipped_GivesAPrefixOfWhatWasLogged(int compression)
    {
        var (records, bytes) = WriteOpenLog((RecordCompression)compression);
        var path = SegmentDirectory.SegmentPath(_directory, 0);
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x10, 0xff })
            {
                // The header byte is outside the checksum: its three unused bits mean nothing, and the flags tell how to read on.
                var original = bytes[at];
                bytes[at] ^= mask;
                File.WriteAllBytes(path, bytes);
                bytes[at] = original;
                AssertPrefixOrRaw(records, $"byte {at} ^ {mask:x}");
            }
        }
    }

    [Fact]
    public void Repair_CutAtEveryByte_LeavesAReadableLogWithTheSamePrefix()
    {
        var (records, bytes) = WriteOpenLog(RecordCompression.None);
        for (var length = 0; length < bytes.Length; length += 3)
        {
            foreach (var file in Directory.GetFiles(_directory)) File.Delete(file);
            File.WriteAllBytes(SegmentDirectory.SegmentPath(_directory, 0), bytes.AsSpan(0, length));
            AssertPrefix(records, $"cut at {length}", out var before, out _);
            ReadTolerantly(repairs: true);
            AssertPrefix(records, $"cut at {length}, repaired", out var after, out var again);
            Assert.Null(again);
            Assert.Equal(before, after);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TolerantReader_EveryByteFlipped_LosesOneRecordAtMost(int compression)
    {
        var (records, bytes) = WriteOpenLog((RecordCompression)compression);
        var path = SegmentDirectory.SegmentPath(_directory, 0);
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x02, 0x04, 0x80, 0xff })
            {
                bytes[at] ^= mask;
                File.WriteAllBytes(path, bytes);
                bytes[at] ^= mask;
                var found = ReadTolerantly(repairs: false);
                // A record whose compression flag changed is read as it is stored, in its place.
                var next = 0;
                foreach (var record in found)
                {
                    var match = records.FindIndex(next, known => known.AsSpan().SequenceEqual(record));
                    if (match >= 0) next = match + 1;
                }
                var kept = records.FindAll(known => found.Exists(record => record.AsSpan().SequenceEqual(known))).Count;
                Assert.True(kept >= records.Count - 1, $"byte {at} ^ {mask:x}: {kept} of {records.Count} records");
                Assert.True(found.Count <= records.Count, $"byte {at} ^ {mask:x}: {found.Count} records");
            }
        }
    }

    [Fact]
    public void TolerantReader_TornRecordOverPages_GoesOnWithTheNextRecord()
    {
        var long1 = RandomBytes(1, 100_000);
        var long2 = RandomBytes(2, 70_000);
        using (var writer = new SegmentWriter(_directory, 1 << 20, RecordCompression.None))
        {
            foreach (var record in new[] { [1], long1, [2], long2, [3] }) writer.Append(record);
            writer.Flush();
        }
        var path = SegmentDirectory.SegmentPath(_directory, 0);
        var bytes = File.ReadAllBytes(path);
        bytes[40_000] ^= 1; // In the middle fragment of the first long record.
        File.WriteAllBytes(path, bytes);

        Assert.Equal([[1], [2], long2, [3]], ReadTolerantly(repairs: true));
        Assert.Single(_lines, line => line.Contains("00000000 at 65536: unexpected checksum", StringComparison.Ordinal));
        Assert.Equal([[1], [2], long2, [3]], ReadTolerantly(repairs: true));
        Assert.Equal(bytes, File.ReadAllBytes(path + ".corrupt-1"));
        Assert.False(File.Exists(path + ".corrupt-2"), "the second reading finds nothing to repair");
    }

    [Fact]
    public void TolerantReader_FragmentInsideALabelValue_IsNotTakenForOne()
    {
        // A whole segment as the content of a record: what follows it is lost with the damaged page rather than guessed.
        WriteOpenLog(RecordCompression.None);
        var path = SegmentDirectory.SegmentPath(_directory, 0);
        var inner = File.ReadAllBytes(path);
        File.Delete(path);
        using (var writer = new SegmentWriter(_directory, 65536, RecordCompression.None)) writer.Log(inner);
        var bytes = File.ReadAllBytes(path);
        bytes[2] ^= 0x10; // The length, and the data too: nothing tells where the fragment ends.
        bytes[8] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Empty(ReadTolerantly(repairs: false));
    }

    [Fact]
    public void Reader_FirstSegmentAskedForIsMissing_Throws()
    {
        WriteOpenLog(RecordCompression.None);
        File.Move(SegmentDirectory.SegmentPath(_directory, 0), SegmentDirectory.SegmentPath(_directory, 3));
        Assert.Throws<InvalidDataException>(() => new SegmentReader(_directory, first: 2));
    }

    [Fact]
    public void Reader_NoDirectory_HasNothingToRead()
    {
        using var reader = new SegmentReader(Path.Combine(_directory, "none"));
        Assert.False(reader.Read());
        Assert.Null(reader.Corruption);
    }

    private List<byte[]> ReadTolerantly(bool repairs)
    {
        var records = new List<byte[]>();
        var damage = new DamageReport(_directory, _lines.Add);
        foreach (var part in damage.Parts)
        {
            using var reader = damage.Open(part);
            while (reader.Read()) records.Add(reader.Record.ToArray());
        }
        if (repairs) damage.Repair(RealDisk.Instance);
        return records;
    }

    private (List<byte[]> Records, byte[] Bytes) WriteOpenLog(RecordCompression compression)
    {
        var records = new List<byte[]>
        {
            new byte[] { 0xf1, 2, 3 }, Array.Empty<byte>(), new byte[40], RandomBytes(5, 300), new byte[] { 0xf9 },
        };
        using (var writer = new SegmentWriter(_directory, 65536, compression))
        {
            foreach (var record in records) writer.Append(record);
            writer.Flush();
            var path = SegmentDirectory.SegmentPath(_directory, 0);
            return (records, File.ReadAllBytes(path));
        }
    }

    private static byte[] RandomBytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        bytes[0] = 0xf0; // Of no type: a repair leaves out what it knows to be malformed.
        return bytes;
    }

    private void AssertPrefix(List<byte[]> records, string what, out int count, out WalCorruption? corruption)
    {
        count = 0;
        using var reader = new SegmentReader(_directory);
        while (reader.Read())
        {
            // A cut behind a type byte, extended with zeros, is a valid empty record: it says nothing, and readers skip it.
            if (reader.Record.IsEmpty && (count >= records.Count || records[count].Length > 0)) continue;
            Assert.True(count < records.Count && reader.Record.SequenceEqual(records[count]), $"record {count}, {what}");
            count++;
        }
        corruption = reader.Corruption;
    }

    // Clearing a compression flag leaves a valid fragment whose bytes are the compressed ones: the format has no defence. Such a
    // record is given as stored; everything else must be what was logged.
    private void AssertPrefixOrRaw(List<byte[]> records, string what)
    {
        var (count, strange) = (0, 0);
        using var reader = new SegmentReader(_directory);
        while (reader.Read())
        {
            if (count >= records.Count || !reader.Record.SequenceEqual(records[count])) strange++;
            count++;
        }
        // A padding type (0) hides the record behind it only if all that follows is zero; here it never is.
        Assert.True(strange <= 1, $"{strange} strange records, {what}");
    }
}
