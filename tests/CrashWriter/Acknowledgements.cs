using System.Text;

namespace CrashWriter;

/// <summary>The pipe to whoever checks.</summary>
/// <param name="output">Unbuffered.</param>
internal sealed class Acknowledgements(Stream output)
{
    private readonly Lock _lock = new(); // One line at a time.

    /// <summary>Writes whole lines.</summary>
    public void Write(string lines)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        lock (_lock) output.Write(bytes);
    }
}
