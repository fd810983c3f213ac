namespace TestKit;

/// <summary>A new empty directory that is deleted with everything in it on disposal.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Absolute path of the directory.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("receiver-test-").FullName;

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
