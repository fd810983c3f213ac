namespace TestKit;

/// <summary>A new empty directory that is deleted with everything in it on disposal.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Where Linux keeps files in memory; tests that open hundreds of databases would wait for the disk
    /// otherwise.</summary>
    private const string MemoryDirectory = "/dev/shm";

    /// <summary>Creates it.</summary>
    /// <param name="isInMemory">Whether it should be in memory, where the machine has such a place.</param>
    public TempFolder(bool isInMemory = false)
    {
        Path = isInMemory && Directory.Exists(MemoryDirectory)
            ? Directory.CreateDirectory($"{MemoryDirectory}/receiver-test-{Guid.NewGuid():N}").FullName
            : Directory.CreateTempSubdirectory("receiver-test-").FullName;
    }

    /// <summary>Absolute path of the directory.</summary>
    public string Path { get; }

    /// <summary>A path below it; nothing is created.</summary>
    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Writes a file below it, with the folders it needs, and returns its path.</summary>
    public string Write(string relativePath, ReadOnlySpan<byte> content)
    {
        var path = At(relativePath);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
