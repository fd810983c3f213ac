using System.Globalization;
using System.Text.Json;
using Receiver.RemoteWrite;
using Receiver.Replication;
using TestKit;

namespace Receiver.Tests.Replication;

public class QuorumTallyTests
{
    [Fact]
    public void Conclude_EveryRecordedMix_GivesTheRecordedStatus()
    {
        var compared = 0;
        foreach (var file in Golden.Files("replication", "quorum-matrix*.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var row = JsonDocument.Parse(line);
                Compare(row.RootElement);
                compared++;
            }
        }
        Assert.True(compared > 0, $"only {compared} rows compared");
    }

    [Theory]
    [InlineData("KKCC", WriteOutcome.Unavailable)]
    [InlineData("KKUU", WriteOutcome.Unavailable)]
    [InlineData("KKXX", WriteOutcome.Unavailable)]
    [InlineData("CCKK", WriteOutcome.Unavailable)]
    [InlineData("CCCC", WriteOutcome.Conflict)]
    [InlineData("CCCX", WriteOutcome.Conflict)]
    [InlineData("CCUX", WriteOutcome.Unavailable)]
    [InlineData("KKKC", WriteOutcome.Stored)]
    public void Conclude_EvenFactor_HalfTheReplicasFailedIsUnavailable(string answers, WriteOutcome expected) =>
        Assert.Equal(expected, Run(answers, out _));

    [Theory]
    [InlineData("KK", 2)]
    [InlineData("CC", 2)]
    [InlineData("KCK", 3)]
    [InlineData("UUK", 3)]
    [InlineData("CKC", 3)]
    public void IsDecided_FactorThree_AfterSoManyAnswers(string answers, int expected)
    {
        Run(answers, out var decidedAfter, replicas: 3);
        Assert.Equal(expected, decidedAfter);
    }

    [Fact]
    public void Conclude_OneSeriesRetryable_WinsOverConflicts()
    {
        using var tally = new QuorumTally();
        tally.Reset(2, 1);
        tally.Add([0], WriteOutcome.Conflict);
        Assert.False(tally.IsDecided);
        tally.Add([1], WriteOutcome.Failed);
        Assert.Equal(WriteOutcome.Unavailable, tally.Conclude());
        Assert.True(tally.HasFailed(0));
    }

    private static void Compare(JsonElement row)
    {
        var factor = row.GetProperty("rf").GetInt32();
        var answers = row.GetProperty("peer_answers");
        using var tally = new QuorumTally();
        tally.Reset(1, factor);
        var reasons = new List<string>();
        var isExpired = false;
        for (var peer = 0; peer < factor; peer++)
        {
            var answer = answers[peer].GetString()!;
            if (answer.StartsWith("delay", StringComparison.Ordinal))
            {
                isExpired |= int.Parse(answer.AsSpan(5), CultureInfo.InvariantCulture) > 5000;
                if (!isExpired) tally.Add([0], WriteOutcome.Stored);
                continue;
            }
            tally.Add([0], Class(answer));
            if (answer != "OK") reasons.Add(Reason(peer, answer));
            if (tally.IsDecided) break;
        }
        var outcome = tally.Conclude();
        var status = isExpired && !tally.IsDecided ? 500 : new WriteResult(outcome, "").HttpStatus;
        var recorded = row.GetProperty("status").GetInt32();
        // Four replicas, two failures: upstream has no class for it and answers 500; see the remarks of the tally.
        if (factor == 4 && recorded == 500) Assert.Contains(status, new[] { 503, 409 });
        else Assert.Equal((row.ToString(), recorded), (row.ToString(), status));
        var body = row.GetProperty("body").GetString()!;
        if (status is 409 or 503 && factor != 4 && IsCodesOnly(answers)) Assert.Equal(body, Reasons.Join(reasons) + "\n");
    }

    private static string Reason(int peer, string code) => string.Create(
        CultureInfo.InvariantCulture,
        $"forwarding request to endpoint addr: 127.0.0.1:{21131 + peer}, capnp_addr: 127.0.0.1:{21141 + peer}, az: : ")
        + string.Create(CultureInfo.InvariantCulture, $"rpc error: code = {code} desc = peer{peer + 1} says {code}");

    private static bool IsCodesOnly(JsonElement answers)
    {
        foreach (var answer in answers.EnumerateArray())
        {
            if (!char.IsUpper(answer.GetString()![0])) return false;
        }
        return true;
    }

    private static WriteOutcome Class(string answer) => answer switch
    {
        "OK" => WriteOutcome.Stored,
        "AlreadyExists" => WriteOutcome.Conflict,
        "Unavailable" or "http503" or "http429" => WriteOutcome.Unavailable,
        _ => WriteOutcome.Failed,
    };

    private static WriteOutcome Run(string answers, out int decidedAfter, int replicas = 4)
    {
        using var tally = new QuorumTally();
        tally.Reset(1, replicas);
        decidedAfter = 0;
        foreach (var answer in answers)
        {
            if (tally.IsDecided) break;
            decidedAfter++;
            tally.Add([0], answer switch
            {
                'K' => WriteOutcome.Stored,
                'C' => WriteOutcome.Conflict,
                'U' => WriteOutcome.Unavailable,
                _ => WriteOutcome.Failed,
            });
        }
        return tally.Conclude();
    }
}
