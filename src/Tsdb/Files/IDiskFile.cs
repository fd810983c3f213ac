using Microsoft.Win32.SafeHandles;

namespace Tsdb.Files;

/// <summary>One open file of an <see cref="IDisk"/>.</summary>
/// <remarks>One writer at a time; <see cref="Sync"/> may run beside it. Disposal closes and promises nothing.</remarks>
internal interface IDiskFile : IDisposable
{
    /// <summary>Where it is.</summary>
    string Path { get; }

    /// <summary>For reading, which does not go through this interface.</summary>
    SafeFileHandle Handle { get; }

    /// <summary>Writes all bytes at an offset. A failure may leave some of them behind.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file to a length, or extends it with zeros.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    void SetLength(long length);

    /// <summary>Flushes the file to the device.</summary>
    /// <exception cref="IOException">The device refused: what was written since the last success may be gone, and a second try
    /// may succeed nevertheless.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    void Sync();
}
