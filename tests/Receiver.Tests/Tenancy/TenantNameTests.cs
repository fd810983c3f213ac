using System.Text;
using Receiver.Tenancy;

namespace Receiver.Tests.Tenancy;

public sealed class TenantNameTests
{
    [Theory]
    [InlineData("default-tenant")]
    [InlineData("foo")]
    [InlineData("0f6c4a1e-4a3b-4f7e-9a55-7d3b1d0c9a11")]
    [InlineData("with space")]
    [InlineData("back\\slash")]
    [InlineData("...")]
    [InlineData(".hidden")]
    [InlineData("ünï 漢 😀")]
    public void Name_SafeAsADirectory_IsValid(string name)
    {
        Assert.True(TenantName.IsValid(name));
        Assert.True(TenantName.IsValid(Encoding.UTF8.GetBytes(name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("///")]
    [InlineData("/etc/foo")]
    [InlineData("./../../hacker_dir")]
    [InlineData("a/b")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    public void Name_Unsafe_IsRefused(string name)
    {
        Assert.False(TenantName.IsValid(name));
        Assert.False(TenantName.IsValid(Encoding.UTF8.GetBytes(name)));
    }

    [Fact]
    public void Name_LengthLimit_CountsBytes()
    {
        Assert.True(TenantName.IsValid(new string('a', 255)));
        Assert.False(TenantName.IsValid(new string('a', 256)));
        Assert.True(TenantName.IsValid(new string('ü', 127)));
        Assert.False(TenantName.IsValid(new string('ü', 128)));
    }

    [Fact]
    public void Name_InvalidText_IsRefused()
    {
        Assert.False(TenantName.IsValid("a\ud800b"));
        Assert.False(TenantName.IsValid([(byte)'a', 0xff]));
        Assert.False(TenantName.IsValid([0xc0, 0xaf])); // An overlong '/'.
    }
}
