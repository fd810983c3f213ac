using System.Linq;
using TestKit;

namespace ObjStore.Tests;

public sealed class FilesystemBucketTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FilesystemBucket _bucket;

    public FilesystemBucketTests() => _bucket = new FilesystemBucket(_folder.At("bucket"));

    public void Dispose()
    {
        _bucket.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Upload_NewName_IsThereWhole()
    {
        await _bucket.UploadAsync("01A/chunks/000001", _folder.Write("f", "x"u8), default);

        Assert.True(await _bucket.ExistsAsync("01A/chunks/000001", default));
        Assert.Equal("x"u8.ToArray(), await _bucket.GetAsync("01A/chunks/000001", default));
        Assert.Equal(["000001"], Directory.GetFiles(_folder.At("bucket", "01A", "chunks")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Upload_ExistingName_IsReplaced()
    {
        await _bucket.UploadAsync("a", _folder.Write("f", "old content"u8), default);
        await _bucket.UploadAsync("a", _folder.Write("f", "new"u8), default);

        Assert.Equal("new"u8.ToArray(), await _bucket.GetAsync("a", default));
    }

    [Fact]
    public async Task Upload_SourceMissing_KeepsTheOldObjectAndLeavesNothing()
    {
        await _bucket.UploadAsync("a", _folder.Write("f", "old"u8), default);
        await Assert.ThrowsAsync<FileNotFoundException>(() => _bucket.UploadAsync("a", _folder.At("none"), default));

        Assert.Equal("old"u8.ToArray(), await _bucket.GetAsync("a", default));
        Assert.Single(Directory.GetFiles(_folder.At("bucket")));
    }

    [Fact]
    public async Task Upload_Cancelled_LeavesNothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _bucket.UploadAsync("a", _folder.Write("f", "x"u8), new CancellationToken(canceled: true)));

        Assert.Empty(Directory.GetFiles(_folder.At("bucket")));
    }

    [Fact]
    public async Task List_Prefix_IsSortedAndHidesUnfinishedUploads()
    {
        foreach (var name in (string[])["b", "a/2", "a/1/x", "ab"])
            await _bucket.UploadAsync(name, _folder.Write("f", "x"u8), default);
        _folder.Write("bucket/a/9.0123.uploading", "half"u8);

        Assert.Equal(["a/1/x", "a/2", "ab", "b"], await NamesAsync(""));
        Assert.Equal(["a/1/x", "a/2"], await NamesAsync("a/"));
        Assert.Empty(await NamesAsync("z"));
    }

    [Fact]
    public async Task Delete_LastOfAFolder_RemovesTheFolderToo()
    {
        await _bucket.UploadAsync("a/b/c", _folder.Write("f", "x"u8), default);
        await _bucket.DeleteAsync("a/b/c", default);
        await _bucket.DeleteAsync("a/b/c", default);

        Assert.False(await _bucket.ExistsAsync("a/b/c", default));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.At("bucket")));
    }

    [Fact]
    public async Task Get_Missing_IsObjectNotFound()
    {
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => _bucket.GetAsync("a", default));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => _bucket.GetAsync("a/b", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("a\0b")]
    public async Task Names_ThatCouldLeaveTheDirectory_AreRefused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _bucket.UploadAsync(name, _folder.Write("f", "x"u8), default));
        await Assert.ThrowsAsync<ArgumentException>(() => _bucket.GetAsync(name, default));
        Assert.Throws<ArgumentException>(() => { _ = _bucket.DeleteAsync(name, default); });
    }

    private async Task<List<string>> NamesAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var name in _bucket.ListAsync(prefix, default)) names.Add(name);
        return names;
    }
}
