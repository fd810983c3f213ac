using Tsdb.Blocks;

namespace Tsdb.Tests.Blocks;

public sealed class UlidTests
{
    [Theory]
    [InlineData("00000000000000000000", "01HF7YAT000000000000000000")]
    [InlineData("0102030405060708090a", "01HF7YAT00041061050R3GG28A")]
    public void Format_WorkedExamples_GiveTheirText(string entropy, string ulid)
    {
        Assert.Equal(ulid, Ulid.Format(1_700_000_000_000, Convert.FromHexString(entropy)));
        Assert.Equal(1_700_000_000_000, Ulid.TimeMs(ulid));
    }

    [Fact]
    public void Create_Twice_GivesDifferentValidNamesOfTheTime()
    {
        var (first, second) = (Ulid.Create((1L << 48) - 1), Ulid.Create((1L << 48) - 1));
        Assert.NotEqual(first, second);
        Assert.True(Ulid.IsValid(first) && Ulid.IsValid(second));
        Assert.Equal((1L << 48) - 1, Ulid.TimeMs(first));
    }

    [Theory]
    [InlineData("01HF7YAT00041061050R3GG28", false)]
    [InlineData("01HF7YAT00041061050R3GG28AA", false)]
    [InlineData("01HF7YAT00041061050R3GG28I", false)]
    [InlineData("81HF7YAT00041061050R3GG28A", false)]
    [InlineData("01hf7yat00041061050r3gg28a", true)]
    [InlineData("wal", false)]
    public void IsValid_DirectoryNames_AcceptsUlidsOnly(string name, bool isValid) => Assert.Equal(isValid, Ulid.IsValid(name));
}
