namespace Hashring.Tests;

public sealed class XxHash64Tests
{
    [Fact]
    public void Compute_GoldenInputs_GivesTheirHashes()
    {
        foreach (var record in GoldenData.Records("xxhash64*.jsonl"))
        {
            var data = Convert.FromHexString(GoldenData.Text(record, "hex"));
            Assert.Equal(GoldenData.Number(record, "xxh64"), XxHash64.Compute(data));
        }
    }

    [Fact]
    public void Digest_InputCutAnywhere_EqualsOneShot()
    {
        var data = new byte[200];
        new Random(7).NextBytes(data);
        for (var length = 0; length <= data.Length; length++)
        {
            for (var first = 0; first <= length; first += 5)
            {
                var state = new XxHash64State();
                state.Append(data.AsSpan(0, first));
                var second = Math.Min(length - first, 37);
                state.Append(data.AsSpan(first, second));
                state.Append(data.AsSpan(first + second, length - first - second));
                Assert.Equal(XxHash64.Compute(data.AsSpan(0, length)), state.Digest());
            }
        }
    }
}
