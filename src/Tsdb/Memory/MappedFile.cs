using System.IO.MemoryMappedFiles;

namespace Tsdb.Memory;

/// <summary>An immutable file mapped for reading: its pages belong to the kernel's cache, not to this process' heap.</summary>
/// <remarks>Spans are valid until disposal; whoever disposes makes sure that no reader is left. The file must not be
/// truncated while it is mapped: touching a page past its end ends the process.</remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;

    private MappedFile(string path, long length)
    {
        Path = path;
        Length = length;
        if (length == 0) return; // An empty mapping is an error to the system, an empty file is not one to us.
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file when it was mapped.</summary>
    public long Length { get; }

    /// <summary>Maps a whole file.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be mapped.</exception>
    public static MappedFile Open(string path) => new(path, new FileInfo(path).Length);

    /// <summary>The bytes from an offset on: at most <paramref name="count"/>, fewer at the end, none outside the file.</summary>
    public ReadOnlySpan<byte> Read(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_start == null && Length > 0, this);
        if (offset < 0 || offset >= Length || count <= 0) return default;
        return new ReadOnlySpan<byte>(_start + offset, (int)Math.Min(count, Length - offset));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
