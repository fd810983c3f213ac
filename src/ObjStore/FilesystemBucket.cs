using System.Runtime.CompilerServices;

namespace ObjStore;

/// <summary>A bucket in a directory: an object is a file. For tests and single machines.</summary>
/// <remarks>
/// An upload writes "&lt;name&gt;.&lt;random&gt;.uploading", flushes it, renames it and flushes the directories, so a reader sees
/// whole objects only and a crash leaves at most a leftover that no listing shows. Source of the layout: objstore
/// providers/filesystem.
/// </remarks>
public sealed class FilesystemBucket : IBucket
{
    private const string Unfinished = ".uploading";
    private readonly string _root;

    /// <summary>Uses a directory, which is created when missing.</summary>
    public FilesystemBucket(string directory)
    {
        _root = Path.GetFullPath(directory);
        Directory.CreateDirectory(_root);
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string name, CancellationToken stop) => Task.FromResult(File.Exists(PathOf(name)));

    /// <inheritdoc/>
    public async Task UploadAsync(string name, string filePath, CancellationToken stop)
    {
        var target = PathOf(name);
        var directory = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(directory);
        var unfinished = $"{target}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            await CopyAsync(filePath, unfinished, stop);
            File.Move(unfinished, target, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
        // New directories are entries of their parents: flush the whole way up.
        for (; directory.Length >= _root.Length; directory = Path.GetDirectoryName(directory)!) Durable.FlushDirectory(directory);
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(string name, CancellationToken stop)
    {
        try { return await File.ReadAllBytesAsync(PathOf(name), stop); }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ObjectNotFoundException(name, e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        var names = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(_root, path);
            if (name.StartsWith(prefix, StringComparison.Ordinal) && !name.EndsWith(Unfinished, StringComparison.Ordinal))
                names.Add(name);
        }
        names.Sort(StringComparer.Ordinal);
        foreach (var name in names)
        {
            stop.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Directories that become empty go as well: in a bucket there are none.</remarks>
    public Task DeleteAsync(string name, CancellationToken stop)
    {
        var path = PathOf(name);
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory)) return Task.CompletedTask;
        File.Delete(path);
        while (directory.Length > _root.Length && TryDeleteEmpty(directory)) directory = Path.GetDirectoryName(directory)!;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static bool TryDeleteEmpty(string directory)
    {
        try { Directory.Delete(directory); }
        catch (IOException) { return false; } // Not empty, or gone already.
        return true;
    }

    private static async Task CopyAsync(string from, string to, CancellationToken stop)
    {
        await using var source =
            new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        await using var target =
            new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        await source.CopyToAsync(target, stop);
        Durable.Flush(target.SafeFileHandle, to);
    }

    private string PathOf(string name) => Path.Combine(_root, ObjectName.Check(name));
}
