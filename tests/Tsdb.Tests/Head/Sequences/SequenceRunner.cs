using System.Text;
using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Labels;
using Tsdb.Tests.Wal;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head.Sequences;

/// <summary>Replays one recorded script and compares everything it says after every step.</summary>
internal sealed class SequenceRunner : IDisposable
{
    /// <summary>Later than every recorded sample: with it the periodic tick is always due.</summary>
    private const long Later = long.MaxValue / 2;

    private readonly JsonObject _script;
    private readonly TempFolder _folder;
    private readonly ManualClock _clock = new();
    private readonly SequenceAppends _appends;
    private Database? _database;
    private string _directory;
    private int _opened;
    private string _at = "";

    public SequenceRunner(JsonObject script, TempFolder folder)
    {
        (_script, _folder) = (script, folder);
        _directory = folder.At("0");
        _appends = new SequenceAppends(Same);
    }

    public void Run()
    {
        var number = 0;
        foreach (var step in _script["steps"]!.AsArray())
        {
            var kind = GoldenJson.Text(step!["op"]);
            _at = $"{_script["name"]}, step {number++} ({kind})";
            _clock.Advance(TimeSpan.FromMilliseconds(1)); // So that names of blocks ascend as they did.
            Step(kind, step);
            Compare(step);
        }
        _at = $"{_script["name"]}, metrics";
        SequenceMetrics.Compare(_database!, _script["metrics"]!, Same);
    }

    public void Dispose()
    {
        _appends.Dispose();
        _database?.Dispose();
    }

    private void Step(string kind, JsonNode step)
    {
        switch (kind)
        {
            case "open": Open(GoldenJson.Int64(_script["oooWindow"])); break;
            case "newAppender" or "append" or "appendHistogram" or "exemplar" or "commit" or "rollback":
                _appends.Run(_database!, kind, step);
                break;
            case "compactHead": _database!.CutHead(GoldenJson.Int64(step["mint"]), GoldenJson.Int64(step["maxt"])); break;
            case "receiveFlush": _database!.Flush(); break;
            case "receiveTick": _database!.CutDueBlocks(Later); break;
            case "compactOOO": _database!.CompactOutOfOrder(); break;
            case "mmapHeadChunks": _clock.Advance(TimeSpan.FromSeconds(1)); break;
            case "closeAndReopen":
                _database!.Dispose();
                Open(GoldenJson.Int64(step["oooWindow"]));
                break;
            case "crashAndReopen": ReopenAfterCrash(GoldenJson.Int64(step["oooWindow"])); break;
            case "delete": Delete(step); break;
            case "query": Same(DatabaseView.Samples(step["result"]), DatabaseView.Samples(_database!)); break;
            case "exemplarQuery": Same(DatabaseView.Exemplars(step["result"]), DatabaseView.Exemplars(_database!)); break;
            case "headSeries": Same(DatabaseView.HeadSeries(step["result"]), DatabaseView.HeadSeries(_database!)); break;
            default: Assert.Fail($"{_at}: unknown kind of step"); break;
        }
    }

    private void Compare(JsonNode step)
    {
        if (step.AsObject().ContainsKey("blocks")) Same(DatabaseView.Blocks(step["blocks"]), DatabaseView.Blocks(_database!));
        if (step["state"] is { } state)
        {
            if (!DatabaseView.HasTimes(state)) return;
            Same(DatabaseView.State(state), DatabaseView.State(_database!));
        }
        if (step["logFiles"] is JsonArray files) Same(string.Join(' ', files), DatabaseView.LogFiles(_directory));
    }

    private void Delete(JsonNode step)
    {
        var text = GoldenJson.Text(step["matcher"]); // name, =~ or =, and the value in quotes.
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var type = text[at + 1] == '~' ? MatchType.Regex : MatchType.Equal;
        var value = text[(text.IndexOf('"', StringComparison.Ordinal) + 1)..^1];
        Assert.True(Matcher.TryCreate(type, Encoding.UTF8.GetBytes(text[..at]), Encoding.UTF8.GetBytes(value), out var matcher,
            out var error), error);
        _database!.Delete(GoldenJson.Int64(step["mint"]), GoldenJson.Int64(step["maxt"]), [matcher]);
    }

    private void Open(long outOfOrderWindowMs)
    {
        var duration = GoldenJson.Int64(_script["blockDuration"]);
        _database = Database.Open(new DatabaseOptions
        {
            Directory = _directory,
            MinBlockDurationMs = duration,
            MaxBlockDurationMs = duration,
            RetentionMs = 0,
            ExemplarsMax = _script["maxExemplars"]!.GetValue<int>(),
            Clock = _clock,
            OutOfOrderWindowMs = outOfOrderWindowMs,
            OutOfOrderCapMax = _script["oooCapMax"]!.GetValue<int>(),
        });
        _opened++;
    }

    private void ReopenAfterCrash(long outOfOrderWindowMs)
    {
        var before = _directory;
        _directory = _folder.At($"{_opened}");
        Crash.Copy(before, _directory);
        _database!.Dispose();
        Open(outOfOrderWindowMs);
    }

    private void Same(string expected, string actual) =>
        Assert.True(expected == actual, $"{_at}: expected\n{expected}\nbut\n{actual}");
}
