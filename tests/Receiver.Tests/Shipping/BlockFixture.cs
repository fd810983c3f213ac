using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Shipping;
using TestKit;
using Tsdb.Labels;

namespace Receiver.Tests.Shipping;

/// <summary>A tenant's directory with hand-made blocks, and a bucket in memory.</summary>
internal sealed class BlockFixture : IDisposable
{
    public const string First = "01ARZ3NDEKTSV4RRFFQ69G5FA1";
    public const string Second = "01ARZ3NDEKTSV4RRFFQ69G5FA2";
    public const string Third = "01ARZ3NDEKTSV4RRFFQ69G5FA3";

    public TempFolder Folder { get; } = new();

    public MemoryBucket Bucket { get; } = new();

    public ManualClock Clock { get; } = new();

    public LabelSet External { get; set; } = LabelSet.FromStrings(("tenant_id", "t"), ("replica", "a<b"));

    public string StatePath => Folder.At("thanos.shipper.json");

    public string StagingPath => Folder.At("thanos", "upload");

    public Shipper CreateShipper(Func<ShippingOptions, ShippingOptions>? change = null)
    {
        var options = new ShippingOptions { Clock = Clock };
        return new Shipper(
            "t", Folder.Path, () => External, Bucket, change is null ? options : change(options), NullLogger.Instance);
    }

    /// <summary>Writes a block of two chunk files.</summary>
    public void AddBlock(string ulid, long minTimeMs, int samples = 10, int level = 1)
    {
        Folder.Write($"{ulid}/chunks/000001", Encoding.UTF8.GetBytes(ulid + " chunks 1"));
        Folder.Write($"{ulid}/chunks/000002", Encoding.UTF8.GetBytes(ulid + " chunks 2"));
        Folder.Write($"{ulid}/index", Encoding.UTF8.GetBytes(ulid + " index"));
        Folder.Write($"{ulid}/tombstones", "t"u8);
        var stats = samples == 0 ? "{}" : $$"""{"numSamples": {{samples}}}""";
        Folder.Write($"{ulid}/meta.json", Encoding.UTF8.GetBytes($$"""
            {
              "ulid": "{{ulid}}", "minTime": {{minTimeMs}}, "maxTime": 9, "stats": {{stats}},
              "compaction": {"level": {{level}}, "sources": ["{{ulid}}"]}, "version": 1
            }
            """));
    }

    public string State() => File.ReadAllText(StatePath);

    public static string StateOf(params string[] ulids) => Encoding.UTF8.GetString(StateFile.Render(ulids));

    public static IEnumerable<string> ObjectsOf(string ulid) =>
        [$"{ulid}/chunks/000001", $"{ulid}/chunks/000002", $"{ulid}/index", $"{ulid}/meta.json"];

    public void Dispose()
    {
        Folder.Dispose();
        Bucket.Dispose();
    }
}
