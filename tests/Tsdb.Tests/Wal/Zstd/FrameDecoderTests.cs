using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Wal.Zstd;

namespace Tsdb.Tests.Wal.Zstd;

/// <summary>Frames made by the real thing at several levels: the frames folder beside this file.</summary>
public sealed class FrameDecoderTests
{
    [Fact]
    public void Decode_FramesOfTheRealEncoder_GiveTheirContent()
    {
        using var decoder = new FrameDecoder(1 << 20);
        var seen = 0;
        foreach (var golden in Lines())
        {
            var name = GoldenJson.Text(golden["name"]);
            Assert.True(decoder.Decode(GoldenJson.Hex(golden["hex"])) == FrameStatus.Ok, name);
            var decoded = decoder.Array.AsSpan(0, decoder.Length);
            Assert.True(decoded.Length == golden["size"]!.GetValue<int>(), name);
            Assert.True(Convert.ToHexStringLower(SHA256.HashData(decoded)) == GoldenJson.Text(golden["sha256"]), name);
            seen++;
        }
        Assert.True(seen > 0, $"only {seen} frames");
    }

    [Fact]
    public void Decode_CutFrames_AreInvalid()
    {
        using var decoder = new FrameDecoder(1 << 20);
        foreach (var golden in Lines())
        {
            var frame = GoldenJson.Hex(golden["hex"]);
            if (frame.Length > 5_000 || GoldenJson.Text(golden["name"]) is "two-frames" or "skippable") continue;
            for (var length = 0; length < frame.Length; length++)
                Assert.NotEqual(FrameStatus.Ok, decoder.Decode(frame.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Decode_FlippedFrames_EndWithoutCrashing()
    {
        using var decoder = new FrameDecoder(1 << 20);
        var random = new Random(11);
        foreach (var golden in Lines())
        {
            var frame = GoldenJson.Hex(golden["hex"]);
            if (frame.Length > 20_000) continue;
            for (var round = 0; round < 400; round++)
            {
                // Most of what can go wrong is described near the front.
                var at = random.Next(round % 2 == 0 ? Math.Min(frame.Length, 200) : frame.Length);
                var mask = (byte)random.Next(1, 256);
                frame[at] ^= mask;
                decoder.Decode(frame);
                Assert.InRange(decoder.Length, 0, 1 << 20);
                frame[at] ^= mask;
            }
        }
    }

    [Fact]
    public void Decode_MoreThanAllowed_IsInvalid()
    {
        foreach (var golden in Lines())
        {
            var size = golden["size"]!.GetValue<int>();
            if (size < 2) continue;
            using var decoder = new FrameDecoder(size - 1);
            Assert.Equal(FrameStatus.Invalid, decoder.Decode(GoldenJson.Hex(golden["hex"])));
        }
    }

    private static IEnumerable<JsonNode> Lines()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Wal", "Zstd", "frames"), "*.jsonl.gz"))
        {
            foreach (var line in Golden.Lines(path)) yield return JsonNode.Parse(line)!;
        }
    }
}
