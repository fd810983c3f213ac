using System.Linq;
using Integration.Fixture;
using TestKit;
using Tsdb.Blocks;

namespace Integration.Agents;

/// <summary>What an agent was told is stored, is stored, although a receiver died meanwhile.</summary>
[Collection(AgentRunCollection.Name)]
[Trait("Category", "Slow")]
public sealed class RealAgentTests(AgentRun run)
{
    [SkippableFact]
    public void AcknowledgedSamples_AfterAReceiverWasKilled_AreInBlocksOfTwo()
    {
        AgentRun.SkipIfAbsent();
        Assert.True(run.Acknowledged.Count > 10_000, $"only {run.Acknowledged.Count} samples were acknowledged");
        using var folder = new TempFolder();
        var holders = run.Receivers.Select(receiver =>
        {
            var directory = AgentRun.DirectoryOf(receiver);
            var blocks = StoredSamples.OfBlocks(directory);
            StoredSamples.Copy(directory, folder.At(receiver.Replica));
            return (Blocks: blocks, Everything: StoredSamples.OfDatabase(folder.At(receiver.Replica)));
        }).ToList();

        var missing = new List<Sample>();
        foreach (var sample in run.Acknowledged.All)
        {
            var count = 0;
            foreach (var (blocks, everything) in holders)
            {
                // A flush leaves the newest timestamp of a database in its log.
                var isStored = blocks.Contains(sample) ||
                    (sample.TimestampMs == everything.MaxTimeMs && everything.Contains(sample));
                if (isStored) count++;
            }
            if (count < 2) missing.Add(sample);
        }
        SampleSet.AssertNone(missing, $"of {run.Acknowledged.Count} acknowledged samples not in two receivers");
        foreach (var (blocks, everything) in holders)
        {
            run.Sent.AssertHolds(blocks.All, "in a block, but never sent");
            run.Sent.AssertHolds(everything.All, "stored, but never sent");
        }
    }

    [SkippableFact]
    public async Task Blocks_OfEveryReceiver_AreCleanToPromtool()
    {
        AgentRun.SkipIfAbsent();
        foreach (var receiver in run.Receivers)
        {
            var directory = AgentRun.DirectoryOf(receiver);
            var blocks = BlockDirectory.List(directory);
            Assert.NotEmpty(blocks);
            foreach (var ulid in blocks) await Promtool.AnalyzeAsync(directory, ulid);
        }
    }

    [SkippableFact]
    public async Task Dump_OfEveryReceiver_EqualsWhatWasSent()
    {
        AgentRun.SkipIfAbsent();
        using var folder = new TempFolder();
        var dumps = new List<SampleSet>();
        foreach (var receiver in run.Receivers)
        {
            var directory = AgentRun.DirectoryOf(receiver);
            StoredSamples.Copy(directory, folder.At("ours", receiver.Replica));
            StoredSamples.Copy(directory, folder.At("theirs", receiver.Replica));
            File.Delete(folder.At("theirs", receiver.Replica, "lock"));
            var ours = StoredSamples.OfDatabase(folder.At("ours", receiver.Replica));
            var theirs = await Promtool.DumpAsync(folder.At("theirs", receiver.Replica));
            // Blocks and log, read by Prometheus: the same as we read, each as it was sent.
            theirs.AssertHolds(ours.All.Select(Printed), $"promtool's dump of {receiver.Replica}");
            Assert.Equal(ours.Count, theirs.Count);
            dumps.Add(theirs);
        }
        var missing = run.Acknowledged.All.Where(s => dumps.Count(d => d.Contains(Printed(s))) < 2).ToList();
        SampleSet.AssertNone(missing, "acknowledged, but not in two dumps");
    }

    private static Sample Printed(Sample sample) => sample with { Bits = Promtool.Printed(sample.Bits) };
}
