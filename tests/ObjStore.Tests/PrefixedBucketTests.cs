using TestKit;

namespace ObjStore.Tests;

public sealed class PrefixedBucketTests
{
    [Fact]
    public async Task Operations_AllStayBelowThePrefix()
    {
        using var folder = new TempFolder();
        using var whole = new FilesystemBucket(folder.At("bucket"));
        using var part = new PrefixedBucket(new FilesystemBucket(folder.At("bucket")), "x/y");
        await whole.UploadAsync("other", folder.Write("f", "0"u8), default);
        await part.UploadAsync("a/b", folder.Write("f", "1"u8), default);

        Assert.True(await whole.ExistsAsync("x/y/a/b", default));
        Assert.True(await part.ExistsAsync("a/b", default));
        Assert.False(await part.ExistsAsync("other", default));
        Assert.Equal("1"u8.ToArray(), await part.GetAsync("a/b", default));
        var names = new List<string>();
        await foreach (var name in part.ListAsync("", default)) names.Add(name);
        Assert.Equal(["a/b"], names);
        await part.DeleteAsync("a/b", default);
        Assert.False(await whole.ExistsAsync("x/y/a/b", default));
        await Assert.ThrowsAsync<ArgumentException>(() => part.GetAsync("../../other", default));
    }
}
