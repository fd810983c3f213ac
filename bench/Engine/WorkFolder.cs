namespace Engine;

/// <summary>Where a database goes: the folder asked for, which stays, or a temporary one, which is deleted.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly bool _isTemporary;

    public WorkFolder(string asked)
    {
        _isTemporary = asked.Length == 0;
        Path = (_isTemporary ? Directory.CreateTempSubdirectory("engine-bench") : Directory.CreateDirectory(asked)).FullName;
    }

    public string Path { get; }

    public void Dispose()
    {
        if (_isTemporary) Directory.Delete(Path, recursive: true);
    }
}
