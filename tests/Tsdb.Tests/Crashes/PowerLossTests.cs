using System.Linq;
using System.Text;
using TestKit;

namespace Tsdb.Tests.Crashes;

/// <summary>A database whose machine stops at every single step of everything it writes: whatever of the unflushed part
/// survives, it opens again with all that was acknowledged, and with nothing that was not appended.</summary>
[Trait("Category", "Slow")]
public sealed class PowerLossTests : IDisposable
{
    private const string MemoryDisk = "/dev/shm"; // Thousands of small files: where it exists, not on a real disk.

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists(MemoryDisk) ? MemoryDisk : Path.GetTempPath(), $"receiver-crash-{Guid.NewGuid():N}")).FullName;
    private readonly ManualClock _clock = new();
    private int _checked;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Survives.Nothing, 1)]
    [InlineData(Survives.Names, 1)]
    [InlineData(Survives.Bytes, 1)]
    [InlineData(Survives.Lengths, 1)]
    internal void Open_AfterPowerLossAtAnyStep_HasWhatWasAcknowledged(Survives survives, int everyNth)
    {
        var workload = Run(WalFsync.Commit);
        var failures = CutEverywhere(
            workload, workload.Disk.Operations, new DiskModel(), survives, WalFsync.Commit, null, everyNth: everyNth);
        Assert.True(failures.Length == 0, failures);
        Assert.True(_checked > 100, $"only {_checked} different crashes");
    }

    [Theory]
    [InlineData(WalFsync.Segment, 1)]
    [InlineData(WalFsync.Commit, 1)]
    public void Open_AfterAKillInTheMiddleOfAnyStep_HasWhatWasAcknowledged(WalFsync fsync, int everyNth)
    {
        var workload = Run(fsync);
        var operations = workload.Disk.Operations;
        var failures = CutEverywhere(workload, operations, new DiskModel(), Survives.Everything, fsync, 2, everyNth: everyNth);
        Assert.True(failures.Length == 0, failures);
        Assert.True(_checked > 100, $"only {_checked} different crashes");
    }

    [Fact]
    public void Append_OfWhatAKillLeftInTheLog_IsDurableWhenItIsToldToBeStored()
    {
        var workload = Run(WalFsync.Commit);
        var model = new DiskModel();
        var operations = workload.Disk.Operations;
        var duplicates = 0;
        for (var position = 0; position < operations.Length; position++)
        {
            model.Apply(operations[position]);
            if (operations[position].Kind != DiskOperationKind.Write || position % 5 != 0) continue;
            var directory = Path.Combine(_folder, $"again{position}");
            model.Save(Survives.Everything, directory);
            var again = model.Copy(); // The system goes on, with what it has not flushed yet.
            var disk = new JournalDisk(directory);
            var options = CrashWorkload.Options(Path.Combine(directory, "db"), disk, _clock, WalFsync.Commit);
            List<(string Series, long T)> stored;
            using (var database = Database.Open(options)) stored = CrashWorkload.AppendAgain(database, ref duplicates);
            foreach (var operation in disk.Operations) again.Apply(operation);
            var lost = Path.Combine(_folder, $"lost{position}");
            again.Save(Survives.Nothing, lost);
            using (var database = Database.Open(options with { Directory = Path.Combine(lost, "db") }))
                Assert.Empty(stored.Except(CrashWorkload.Stored(database)));
            Directory.Delete(directory, recursive: true);
            Directory.Delete(lost, recursive: true);
        }
        Assert.True(duplicates > 10, $"only {duplicates} samples were there already");
    }

    [Fact]
    public void Open_AfterPowerLossDuringTheOpeningAfterPowerLoss_HasWhatWasAcknowledged()
    {
        const int EveryNth = 71;
        var workload = Run(WalFsync.Commit);
        var operations = workload.Disk.Operations;
        var failures = new StringBuilder();
        var model = new DiskModel();
        for (var position = 1; position <= operations.Length; position++)
        {
            model.Apply(operations[position - 1]);
            if (position % EveryNth != 0) continue;
            var directory = Path.Combine(_folder, $"first{position}");
            model.Save(Survives.Names, directory);
            var before = directory + "-before";
            model.Save(Survives.Names, before);
            var disk = new JournalDisk(directory);
            Database.Open(CrashWorkload.Options(Path.Combine(directory, "db"), disk, _clock, WalFsync.Commit)).Dispose();
            foreach (var survives in (ReadOnlySpan<Survives>)[Survives.Nothing, Survives.Names])
            {
                failures.Append(CutEverywhere(
                    workload, disk.Operations, DiskModel.Of(before), survives, WalFsync.Commit, null, position));
            }
        }
        Assert.True(failures.Length == 0, failures.ToString());
    }

    private CrashWorkload Run(WalFsync fsync)
    {
        var root = Path.Combine(_folder, "run");
        Directory.CreateDirectory(root);
        var journal = new JournalDisk(root);
        var workload = new CrashWorkload(root, fsync, journal, journal);
        workload.Run();
        Assert.True(workload.AcknowledgedCount > 200);
        return workload;
    }

    /// <summary>Stops after every step and looks at what is left.</summary>
    /// <param name="workload">Who knows what was acknowledged.</param>
    /// <param name="operations">The steps.</param>
    /// <param name="model">The disk before them.</param>
    /// <param name="survives">What survives.</param>
    /// <param name="fsync">How the database is opened again.</param>
    /// <param name="tornParts">Into how many parts a write is torn that is the last step; null = it is not.</param>
    /// <param name="acknowledgedAt">Position in the workload's journal; null = that of each step.</param>
    /// <param name="everyNth">Which steps are looked at.</param>
    private string CutEverywhere(
        CrashWorkload workload, DiskOperation[] operations, DiskModel model, Survives survives, WalFsync fsync, int? tornParts,
        int? acknowledgedAt = null, int everyNth = 1)
    {
        var failures = new StringBuilder();
        var seen = new HashSet<(string, int, bool)>();
        for (var position = 0; position <= operations.Length && failures.Length < 4000; position++)
        {
            var step = position < operations.Length ? operations[position] : null;
            if (position % everyNth != 0 && step is not null)
            {
                model.Apply(step);
                continue;
            }
            if (Check(workload, model, survives, fsync, acknowledgedAt ?? position, seen) is { } failure)
                failures.AppendLine(null, $"{survives}, before step {position} ({step}): {failure}");
            if (step is null) break;
            for (var part = 1; part < tornParts && step.Bytes is { } bytes; part++)
            {
                model.Apply(step, bytes.Length * part / tornParts.Value);
                if (Check(workload, model, survives, fsync, acknowledgedAt ?? position, seen) is { } torn)
                    failures.AppendLine(null, $"{survives}, part {part} of step {position} ({step}): {torn}");
            }
            model.Apply(step);
        }
        return failures.ToString();
    }

    private string? Check(CrashWorkload workload, DiskModel model, Survives survives, WalFsync fsync, int position,
        HashSet<(string, int, bool)> seen)
    {
        // A snapshot that is there may be read or not.
        var usesSnapshots = position % 2 == 0;
        if (!seen.Add((model.Signature(survives), workload.AcknowledgedUpTo(position), usesSnapshots))) return null;
        var directory = Path.Combine(_folder, $"crash{_checked++}");
        model.Save(survives, directory);
        try
        {
            var log = new StringBuilder();
            var options = CrashWorkload.Options(
                Path.Combine(directory, "db"), new JournalDisk(directory), _clock, fsync, usesSnapshots);
            using var database = Database.Open(options with { Log = text => log.AppendLine(text) });
            return workload.Compare(database, position) is { } wrong ? $"{wrong}\n{log}" : null;
        }
#pragma warning disable CA1031 // Whatever it is belongs into the report, with the step.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.ToString();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
