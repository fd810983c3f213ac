namespace Tsdb;

/// <summary>Keeps a second process out of a database directory: an exclusive advisory lock on its <c>lock</c> file.</summary>
/// <remarks>The same flock that Prometheus takes, so the two keep each other out. A file left by a process that died holds
/// nothing.</remarks>
internal sealed class DirectoryLock : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="IOException">Another process holds it; the text says so.</exception>
    public DirectoryLock(string directory)
    {
        _path = Path.Combine(directory, "lock");
        WasLeftBehind = File.Exists(_path);
        try
        {
            _file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"lock DB directory {directory}: another process uses it ({e.Message})", e);
        }
    }

    /// <summary>Whether a process that did not stop cleanly had left the file.</summary>
    public bool WasLeftBehind { get; }

    /// <summary>Deletes the file and releases the lock.</summary>
    public void Dispose()
    {
        File.Delete(_path);
        _file.Dispose();
    }
}
