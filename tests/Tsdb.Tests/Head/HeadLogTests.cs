using System.Globalization;
using System.Text;
using TestKit;
using Tsdb.Files;
using Tsdb.Head;
using Tsdb.Tests.Crashes;
using Tsdb.Tests.Wal;
using Tsdb.Wal;

namespace Tsdb.Tests.Head;

/// <summary>A log that is flushed before each commit returns: shared flushes, and nobody is told too early or
/// wrongly.</summary>
public sealed class HeadLogTests : IDisposable
{
    private const int Writers = 32;

    private readonly TempFolder _folder = new();
    private readonly FailingDisk _disk = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ManyAtOnceDuringASlowFlush_ShareTheNextOne()
    {
        using var log = Open(_disk);
        var (syncs, failures) = WriteDuringASlowFlush(log, beforeRelease: static () => { });
        Assert.Equal(0, failures);
        Assert.InRange(syncs, 2, 4); // The slow one, and one for all the others unless one came late.
    }

    [Fact]
    public void Write_FlushFails_TellsAllWhoWaitedForIt()
    {
        using (var log = Open(_disk))
        {
            var (_, failures) = WriteDuringASlowFlush(log, beforeRelease: () =>
            {
                log.WriteSeries("series of the lost"u8);
                _disk.BeforeSync = _ => _disk.FailSyncs(1);
            });
            _disk.BeforeSync = null;
            Assert.Equal(Writers - 1, failures);
            log.Write("after"u8);
        }
        // The lost ones are gone for good: one of them, found at the next start, could contradict what came after.
        Assert.Equal(["0", "series of the lost", "after"], Read());
    }

    [Fact]
    public void Write_SegmentCannotBeFlushedAtItsEnd_AcknowledgesNothingBeforeANewOneIsSafe()
    {
        using (var log = Open(_disk))
        {
            log.Write("first"u8);
            log.WriteSeries("series"u8);
            _disk.FailSyncs(2);
            Assert.Throws<IOException>(log.NextSegment);
            Assert.Throws<IOException>(() => log.Write("second"u8));
            log.Write("third"u8);
        }
        Assert.Equal(["first", "series", "third"], Read());
    }

    [Fact]
    public void Write_DiskIsFullForAWhile_GoesOnWithWhatCameBefore()
    {
        using (var log = Open(_disk))
        {
            log.WriteSeries("series"u8);
            _disk.FailWrites(1, tornBytes: 5);
            Assert.Throws<IOException>(() => log.Write("lost"u8));
            log.Write("kept"u8);
        }
        Assert.Equal(["series", "kept"], Read());
    }

    [Fact]
    public void Write_Returns_OnlyAfterAFlushThatBeganLater()
    {
        const int Threads = 6, Records = 60;
        var journal = new JournalDisk(_folder.Path);
        var returned = new Dictionary<string, int>();
        using (var log = Open(journal))
        {
            var threads = new List<Thread>();
            for (var i = 0; i < Threads; i++)
            {
                var number = i;
                threads.Add(new Thread(() =>
                {
                    for (var record = 0; record < Records; record++)
                    {
                        var text = $"<{number}:{record}>" + new string('.', 700); // Long enough to end segments.
                        log.Write(Encoding.ASCII.GetBytes(text));
                        lock (returned) returned.Add(text, journal.Position);
                    }
                }));
            }
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
        }
        var operations = journal.Operations;
        var found = 0;
        foreach (var (text, position) in returned)
        {
            var bytes = Encoding.ASCII.GetBytes(text[..(text.IndexOf('>', StringComparison.Ordinal) + 1)]);
            var written = Array.FindIndex(operations, o => o.Bytes is { } b && b.AsSpan().IndexOf(bytes) >= 0);
            if (written < 0) continue; // The end of a page lies in the middle of it.
            found++;
            var flushed = Array.FindIndex(
                operations, written, o => o.Kind == DiskOperationKind.SyncFile && o.File == operations[written].File);
            Assert.True(flushed >= 0 && flushed < position, $"{text[..8]} returned at {position}, flushed at {flushed}");
        }
        Assert.True(found > Threads * Records * 9 / 10, $"only {found} found");
    }

    /// <summary>One writer flushes, and while it does all others write.</summary>
    private (int Syncs, int Failures) WriteDuringASlowFlush(HeadLog log, Action beforeRelease)
    {
        var (syncs, failures) = (0, 0);
        using var isFlushing = new ManualResetEventSlim();
        using var mayFlush = new ManualResetEventSlim();
        _disk.BeforeSync = _ =>
        {
            Interlocked.Increment(ref syncs);
            isFlushing.Set();
            mayFlush.Wait();
        };
        var threads = new List<Thread>();
        for (var i = 0; i < Writers; i++)
        {
            var record = Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture));
            var thread = new Thread(() =>
            {
                try
                {
                    log.Write(record);
                }
                catch (IOException)
                {
                    Interlocked.Increment(ref failures);
                }
            });
            thread.Start();
            threads.Add(thread);
            if (i == 0) isFlushing.Wait();
        }
        var spin = new SpinWait();
        while (Interlocked.Read(ref _disk.Writes) < Writers) spin.SpinOnce();
        beforeRelease();
        mayFlush.Set();
        foreach (var thread in threads) thread.Join();
        _disk.BeforeSync = null;
        return (syncs, failures);
    }

    private HeadLog Open(IDisk disk) => new(
        new SegmentWriter(_folder.At("wal"), 65536, RecordCompression.None, disk: disk, endsInBackground: false),
        WalFsync.Commit);

    private List<string> Read()
    {
        var records = new List<string>();
        using var reader = new SegmentReader(_folder.At("wal"));
        while (reader.Read()) records.Add(Encoding.ASCII.GetString(reader.Record));
        Assert.Null(reader.Corruption);
        return records;
    }
}
