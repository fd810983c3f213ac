using System.Text.Json;
using Receiver.Options;
using TestKit;
using Tsdb;

namespace Receiver.Tests.Options;

public sealed class ArgumentsTests : IDisposable
{
    // What upstream accepts or crashes on and we refuse or accept on purpose; each with its reason.
    private static readonly Dictionary<string, string> Differences = new()
    {
        ["removed-flag"] = "accepted with a warning",
        ["enum-good tenant-certificate-field"] = "needs client certificates here",
        ["hashrings-refresh-zero"] = "a crash upstream, a problem here",
        ["limits-null-tenant"] = "a crash upstream, checked with the limits here",
    };

    // Checked when the part that reads the content starts, not with the flags.
    private static readonly string[] CheckedLater =
    [
        "relabel", "limits", "objstore", "reqlog", "tracing-bad", "tls-missing-files", "tls-client-ca-missing",
        "hashrings-bad-json", "hashrings-file-missing",
        "hashrings-file-invalid", "hashrings-file-empty-list", "hashrings-ketama-rf-too-big", "http-address-bad",
        "address-unresolvable", "hashrings-blank",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("receiver-arguments-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string, string> GoldenCases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var file in Golden.Files("process/flags", "command-lines*.json"))
        {
            using var json = JsonDocument.Parse(Golden.Open(file));
            foreach (var row in json.RootElement.EnumerateArray()) cases.Add(row.GetProperty("id").GetString()!,
                row.GetRawText());
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(GoldenCases))]
    public void Read_RecordedCommandLine_EndsAsUpstreamDoes(string id, string record)
    {
        using var json = JsonDocument.Parse(record);
        var row = json.RootElement;
        if (row.TryGetProperty("files", out var files) && files.ValueKind == JsonValueKind.Object)
        {
            foreach (var file in files.EnumerateObject()) File.WriteAllText(Path.Combine(_directory, file.Name),
                file.Value.GetString());
        }
        var result = Arguments.Read(Rooted(row.GetProperty("args").Deserialize<string[]>()!), name => Variable(row, name));
        if (Differences.ContainsKey(id)) return;
        switch (row.GetProperty("outcome").GetString())
        {
            case "started":
                Assert.Equal("", result.Error);
                Assert.NotNull(result.Options);
                if (row.TryGetProperty("mode", out var mode) && mode.ValueKind == JsonValueKind.String)
                    Assert.Equal(mode.GetString(), result.Options.Mode.ToString());
                break;
            case "exit0":
                Assert.Null(result.Options);
                Assert.Equal(0, result.ExitCode);
                Assert.Equal(row.GetProperty("stdout_bytes").GetInt32() > 0, result.Output.Length > 0);
                Assert.Equal(row.GetProperty("stderr_bytes").GetInt32() > 0, result.Error.Length > 0);
                break;
            case "usage_error":
                Assert.Equal(1, result.ExitCode);
                Assert.Equal(Own(row.GetProperty("error").GetString()!) + "\n", Unrooted(result.Error));
                break;
            case "parse_error":
                Assert.Equal(2, result.ExitCode);
                Assert.Contains("usage: receiver", result.Error, StringComparison.Ordinal);
                Assert.Contains("]: " + row.GetProperty("error").GetString() + "\n", result.Error, StringComparison.Ordinal);
                break;
            default:
                if (Array.Exists(CheckedLater, id.Contains) && result.Options is not null) return;
                Assert.Null(result.Options);
                Assert.Equal(1, result.ExitCode);
                if (row.TryGetProperty("error_chain", out var chain)) AssertSays(chain[0].GetString()!, Unrooted(result.Error));
                break;
        }
    }

    [Fact]
    public void Read_SeveralProblems_AreAllReported()
    {
        var result =
            Read("--receive.tenant-label-name=", "--http-address=x", "--grpc-server-tls-cert=c",
                "--objstore.config=$(NOT_THERE)");
        foreach (
            var part in (string[])["no external labels", "tenant label name", "missing port", "both server key", "NOT_THERE",
                "5 problems"])
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralBadValues_NameEveryFlag()
    {
        var result = Read("--tsdb.retention=x", "--receive.replication-factor=-1");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("receiver: --tsdb.retention: not a valid duration", result.Error, StringComparison.Ordinal);
        Assert.Contains("receiver: --receive.replication-factor: strconv", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OwnFlags_ReachTheirRecords()
    {
        var options =
            Read("--label=a=\"b\"", "--tsdb.wal-fsync=interval=2s", "--memory.limit=1GiB", "--writer.intern",
                "--enable-feature=x,y").Options!;
        Assert.Equal((WalFsync.Interval, TimeSpan.FromSeconds(2)),
            (options.Storage.Database.WalFsync, options.Storage.Database.WalFsyncInterval));
        Assert.Equal(1L << 30, options.MemoryLimitBytes);
        Assert.Equal(["writer.intern"], options.Ignored);
        Assert.Equal(["x", "y"], options.Receive.Features);
        Assert.Equal("{a=\"b\"}", options.Labels.ToString());
    }

    [Theory]
    [InlineData("0s", "0", 0, 32)]
    [InlineData("30m", "-1", 1_800_000, 32)]
    [InlineData("1d", "255", 86_400_000, 255)]
    public void Read_OutOfOrderFlags_ReachTheDatabase(string window, string cap, long windowMs, int capMax)
    {
        var options = Read(
            "--label=a=\"b\"", $"--tsdb.out-of-order.time-window={window}", $"--tsdb.out-of-order.cap-max={cap}").Options!;
        Assert.Equal((windowMs, capMax),
            (options.Storage.Database.OutOfOrderWindowMs, options.Storage.Database.OutOfOrderCapMax));
    }

    [Fact]
    public void Read_EnvironmentReference_IsReplacedInFileAndText()
    {
        var path = Path.Combine(_directory, "bucket.yml");
        File.WriteAllText(path, "type: $(KIND)$(EMPTY)");
        var result = Arguments.Read(
            ["receive", "--label=a=\"b\"", "--objstore.config-file", path, "--receive.relabel-config=[$(KIND)]"],
            static name => name switch { "KIND" => "S3", "EMPTY" => "", _ => null });
        Assert.Equal(("type: S3", "[S3]"), (result.Options!.Shipper.BucketConfig, result.Options.Receive.RelabelConfig));
    }

    [Fact]
    public void Read_Help_ShowsEveryVisibleFlagAndFitsTheTerminal()
    {
        var text = Read("--help").Error;
        foreach (var flag in FlagTable.All)
        {
            if (!flag.IsHidden) Assert.Contains(flag.Name, text, StringComparison.Ordinal);
            else Assert.DoesNotContain("--" + flag.Name + "=", text, StringComparison.Ordinal);
        }
        foreach (var line in text.Split('\n')) Assert.True(line.Length <= 140, line);
    }

    private static Arguments Read(params string[] args) => Arguments.Read(["receive", .. args], static _ => null);

    private static string Own(string text) => text.Replace("thanos: error:", "receiver: error:", StringComparison.Ordinal);

    private static void AssertSays(string cause, string text)
    {
        // Ours adds where a label must be given; the first clause is upstream's.
        var clause = cause.Split(" (ideally", 2)[0];
        Assert.Contains(clause, text.Replace("--lazy", "lazy", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static string? Variable(JsonElement row, string name) =>
        row.TryGetProperty("env", out var env) && env.ValueKind == JsonValueKind.Object && env.TryGetProperty(name, out var value)
            ? value.GetString()
            : null;

    /// <summary>File names in the records are relative to the case's own directory.</summary>
    private string[] Rooted(string[] args) => Array.ConvertAll(args, arg =>
    {
        if (arg.StartsWith('@')) return "@" + Path.Combine(_directory, arg[1..]);
        var file = arg.IndexOf("-file=", StringComparison.Ordinal);
        return file < 0 || arg.Length == file + 6 ? arg : arg[..(file + 6)] + Path.Combine(_directory, arg[(file + 6)..]);
    });

    private string Unrooted(string text) => text.Replace(_directory + "/", "", StringComparison.Ordinal);
}
