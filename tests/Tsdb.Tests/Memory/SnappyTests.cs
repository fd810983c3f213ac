using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Tsdb.Memory;

namespace Tsdb.Tests.Memory;

public sealed class SnappyTests
{
    [Theory]
    [InlineData("00", "")]
    [InlineData("808080808000", "")]
    [InlineData("07087861620102", "xababab")]
    [InlineData("0500410101", "AAAAA")]
    [InlineData("050461620b02000000", "ababa")]
    [InlineData("0308414243", "ABC")]
    [InlineData("83000841 4243", "ABC")]
    public void Decode_KnownBlocks_GiveTheirText(string hex, string expected)
    {
        var block = Convert.FromHexString(hex.Replace(" ", ""));
        Assert.Equal(SnappyStatus.Ok, Decode(block, out var decoded));
        Assert.Equal(expected, Encoding.ASCII.GetString(decoded));
    }

    [Fact]
    public void Decode_LongCopyOfOneByte_RepeatsIt()
    {
        Assert.Equal(SnappyStatus.Ok, Decode(Convert.FromHexString("460041fe01000501"), out var decoded));
        Assert.Equal(new string('A', 70), Encoding.ASCII.GetString(decoded));
    }

    [Fact]
    public void Decode_LiteralWithLengthByte_IsTaken()
    {
        var text = Encoding.ASCII.GetBytes(new string('x', 61));
        Assert.Equal(SnappyStatus.Ok, Decode([0x3d, 0xf0, 0x3c, .. text], out var decoded));
        Assert.Equal(text, decoded);
    }

    [Theory]
    [InlineData("", SnappyStatus.BadLength)]
    [InlineData("80", SnappyStatus.BadLength)]
    [InlineData("808080808010", SnappyStatus.BadLength)]
    [InlineData("80808080808080808000", SnappyStatus.BadLength)]
    [InlineData("ffffffffffffffffff01", SnappyStatus.BadLength)]
    [InlineData("ffffffff0f", SnappyStatus.BadLength)]
    [InlineData("ff060000734e61507059", SnappyStatus.BadLength)]
    [InlineData("0a0041", SnappyStatus.TooShort)]
    [InlineData("0504414243", SnappyStatus.Truncated)]
    [InlineData("05104142", SnappyStatus.Truncated)]
    [InlineData("0400410500", SnappyStatus.BadOffset)]
    [InlineData("0400410102", SnappyStatus.BadOffset)]
    [InlineData("0a04616201020100", SnappyStatus.BadOffset)]
    [InlineData("0308414243ff", SnappyStatus.Truncated)]
    [InlineData("030841424300ff", SnappyStatus.TooLong)]
    [InlineData("0308414243f0", SnappyStatus.Truncated)]
    public void Decode_CorruptBlocks_AreRefused(string hex, SnappyStatus expected) =>
        Assert.Equal(expected, Decode(Convert.FromHexString(hex), out _));

    [Fact]
    public void TryGetDecodedLength_MoreThanTheInputCanExpandTo_IsRefused()
    {
        Assert.True(Snappy.TryGetDecodedLength([64, 0], out var most));
        Assert.Equal(64, most);
        // 22 × 3 bytes + 64 = 130 is the bound; 131 is one more.
        Assert.True(Snappy.TryGetDecodedLength([0x82, 0x01, 0, 0, 0], out _));
        Assert.False(Snappy.TryGetDecodedLength([0x83, 0x01, 0, 0, 0], out _));
    }

    [Fact]
    public void Decode_OutputLongerThanDeclared_IsNotTouchedBehindIt()
    {
        var output = new byte[200];
        Array.Fill(output, (byte)7);
        Assert.Equal(SnappyStatus.Ok, Snappy.Decode(Convert.FromHexString("0500410101"), output));
        Assert.All(output[5..], b => Assert.Equal(7, b));
    }

    [Fact]
    public void Decode_OutputTooShort_Throws() =>
        Assert.Throws<ArgumentException>(() => Snappy.Decode(Convert.FromHexString("0500410101"), new byte[4]));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Encode_AnyInput_IsDecodedBackByBothDecoders(int seed)
    {
        var random = new Random(seed);
        var input = Input(random, random.Next(3) == 0 ? random.Next(300_000) : random.Next(3_000));
        var output = new byte[Snappy.MaxEncodedLength(input.Length)];
        var block = output[..Snappy.Encode(input, output)];
        Assert.Equal(SnappyStatus.Ok, Decode(block, out var decoded));
        Assert.True(input.AsSpan().SequenceEqual(decoded), $"seed {seed}");
        if (input.Length > 0) Assert.True(input.AsSpan().SequenceEqual(IronSnappy.Snappy.Decode(block)), $"seed {seed}");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Encode_WithRunsOfWords_IsDecodedBackByBothDecoders(int seed)
    {
        var random = new Random(seed);
        var input = Input(random, random.Next(3) == 0 ? random.Next(300_000) : random.Next(3_000));
        var runs = new List<WordRun>();
        for (var at = random.Next(50); at < input.Length; at += random.Next(60))
        {
            var words = Math.Min(random.Next(50), (input.Length - at) / 8);
            for (var i = 0; i < words; i++)
            {
                // Doubles of few digits, some of which come again, some zeros, some noise.
                var value = random.Next(4) == 0 ? 0 : random.Next(4) == 0 ? random.NextDouble() : random.Next(300) / 4.0;
                BinaryPrimitives.WriteDoubleBigEndian(input.AsSpan(at + (8 * i)), value);
            }
            runs.Add(new WordRun(at, words));
            at += 8 * words;
        }
        var output = new byte[Snappy.MaxEncodedLength(input.Length)];
        var block = output[..Snappy.EncodeWords(input, CollectionsMarshal.AsSpan(runs), output)];
        Assert.Equal(SnappyStatus.Ok, Decode(block, out var decoded));
        Assert.True(input.AsSpan().SequenceEqual(decoded), $"seed {seed}");
        if (input.Length > 0) Assert.True(input.AsSpan().SequenceEqual(IronSnappy.Snappy.Decode(block)), $"seed {seed}");
    }

    [Fact]
    public void Encode_WithRunsOfNoise_StaysBelowTheMostItMayTake()
    {
        var input = new byte[200_000];
        new Random(5).NextBytes(input);
        var output = new byte[Snappy.MaxEncodedLength(input.Length)];
        var length = Snappy.EncodeWords(input, [new WordRun(3, 20_000)], output);
        Assert.InRange(length, input.Length, input.Length + 20);
        Assert.Equal(SnappyStatus.Ok, Decode(output.AsSpan(0, length).ToArray(), out var decoded));
        Assert.Equal(input, decoded);
    }

    [Fact]
    public void Encode_RunsOutsideTheInput_AreRefused()
    {
        var output = new byte[200];
        Assert.Throws<ArgumentException>(() => Snappy.EncodeWords(new byte[40], [new WordRun(1, 5)], output));
        Assert.Throws<ArgumentException>(() => Snappy.EncodeWords(new byte[40], [new WordRun(0, 3), new WordRun(16, 1)], output));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Decode_BlocksOfAnotherEncoder_GiveTheInput(int seed)
    {
        var input = Input(new Random(seed), 5_000 + seed);
        Assert.Equal(SnappyStatus.Ok, Decode(IronSnappy.Snappy.Encode(input), out var decoded));
        Assert.True(input.AsSpan().SequenceEqual(decoded), $"seed {seed}");
    }

    [Fact]
    public void Encode_RepetitiveText_IsMuchShorter()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 1000; i++) text.Append("http_requests_total{job=\"api\",instance=\"").Append(i).Append("\"}\n");
        var input = Encoding.ASCII.GetBytes(text.ToString());
        var output = new byte[Snappy.MaxEncodedLength(input.Length)];
        Assert.InRange(Snappy.Encode(input, output), 1, input.Length / 5);
    }

    [Fact]
    public void Decode_CutOrFlippedBlocks_NeverReachBeyondTheOutput()
    {
        var random = new Random(17);
        for (var round = 0; round < 3_000; round++)
        {
            var input = Input(random, random.Next(600));
            var encoded = new byte[Snappy.MaxEncodedLength(input.Length)];
            var block = encoded[..Snappy.Encode(input, encoded)];
            if (random.Next(2) == 0)
                block = block[..random.Next(block.Length)];
            else
                FlipBits(block, random);
            if (!Snappy.TryGetDecodedLength(block, out var length)) continue;
            // Guard bytes around the output and around the input catch a wide move that strays.
            var guarded = new byte[length + 200];
            Array.Fill(guarded, (byte)0xa5);
            var status = Snappy.Decode(block, guarded.AsSpan(100, length));
            Assert.False(guarded.AsSpan(0, 100).ContainsAnyExcept((byte)0xa5), $"round {round}: {status}");
            Assert.False(guarded.AsSpan(100 + length).ContainsAnyExcept((byte)0xa5), $"round {round}: {status}");
            AssertAgreesWithIronSnappy(block, status, guarded.AsSpan(100, length), round);
        }
    }

    [Fact]
    public void EncodeAndDecode_Warm_AllocateNothing()
    {
        var input = Input(new Random(3), 100_000);
        var encoded = new byte[Snappy.MaxEncodedLength(input.Length)];
        var decoded = new byte[input.Length];
        Snappy.Encode(input, encoded);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var length = Snappy.Encode(input, encoded);
        var status = Snappy.Decode(encoded.AsSpan(0, length), decoded);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(SnappyStatus.Ok, status);
    }

    public static TheoryData<int> Seeds()
    {
        var seeds = new TheoryData<int>();
        for (var i = 0; i < 60; i++) seeds.Add(i);
        return seeds;
    }

    private static void FlipBits(byte[] block, Random random)
    {
        for (var flips = random.Next(1, 4); flips > 0; flips--) block[random.Next(block.Length)] ^= (byte)(1 << random.Next(8));
    }

    private static void AssertAgreesWithIronSnappy(byte[] block, SnappyStatus status, ReadOnlySpan<byte> decoded, int round)
    {
        if (status == SnappyStatus.Ok)
            Assert.True(decoded.IsEmpty || decoded.SequenceEqual(IronSnappy.Snappy.Decode(block)), $"round {round}");
        else
            Assert.ThrowsAny<Exception>(() => IronSnappy.Snappy.Decode(block));
    }

    private static SnappyStatus Decode(byte[] block, out byte[] decoded)
    {
        decoded = [];
        if (!Snappy.TryGetDecodedLength(block, out var length)) return SnappyStatus.BadLength;
        decoded = new byte[length];
        return Snappy.Decode(block, decoded);
    }

    /// <summary>A mix of noise, runs, and repeats from short and long distances.</summary>
    private static byte[] Input(Random random, int length)
    {
        var input = new byte[length];
        for (var at = 0; at < length;)
        {
            var part = input.AsSpan(at, Math.Min(length - at, random.Next(1, 200)));
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(part);
                    break;
                case 1:
                    part.Fill((byte)random.Next(256));
                    break;
                default:
                    var distance = random.Next(1, Math.Max(2, Math.Min(at, random.Next(2) == 0 ? 20 : 100_000)));
                    for (var i = 0; i < part.Length && at > 0; i++) part[i] = input[at + i - distance];
                    break;
            }
            at += part.Length;
        }
        return input;
    }
}
