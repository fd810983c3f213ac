using TestKit;
using Tsdb.Tests.Model;

namespace Integration.Engine;

/// <summary>Copies of data directories for tools that write into what they read.</summary>
internal sealed class TempCopies : IDisposable
{
    private readonly TempFolder _folder = new();
    private int _count;

    public string Take(string directory)
    {
        var copy = _folder.At($"copy{_count++}");
        DirectoryCopy.Take(directory, copy);
        return copy;
    }

    public void Dispose() => _folder.Dispose();
}
