using Tsdb.Files;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>A small log cut and flipped at every byte: never a crash, never an endless loop, never wrong data.</summary>
public sealed class SegmentDamageTests : IDisposable
{
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
            AssertPrefix(records, $"cut at {length}", out var before, out var corruption);
            if (corruption is not { } defect) continue;
            Repair.Run(_directory, defect, RealDisk.Instance);
            AssertPrefix(records, $"cut at {length}, repaired", out var after, out var again);
            Assert.Null(again);
            Assert.Equal(before, after);
        }
    }

    [Fact]
    public void Repair_DefectInACheckpoint_TouchesNothing()
    {
        WriteOpenLog(RecordCompression.None);
        var checkpoint = SegmentDirectory.CheckpointPath(_directory, 0);
        var before = Directory.GetFiles(_directory);
        var error = Assert.Throws<InvalidDataException>(
            () => Repair.Run(_directory, new WalCorruption(checkpoint, 0, 10, "unexpected full record"), RealDisk.Instance));
        Assert.StartsWith("CORRUPT:", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_directory));
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

    private (List<byte[]> Records, byte[] Bytes) WriteOpenLog(RecordCompression compression)
    {
        var records = new List<byte[]>
        {
            new byte[] { 1, 2, 3 }, Array.Empty<byte>(), new byte[40], RandomBytes(5, 300), new byte[] { 9 },
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
