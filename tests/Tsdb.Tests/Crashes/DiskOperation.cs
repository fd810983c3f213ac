namespace Tsdb.Tests.Crashes;

internal enum DiskOperationKind
{
    CreateFile,
    OverwriteFile,
    Write,
    SetLength,
    SyncFile,
    SyncPath,
    CreateDirectory,
    Rename,
    Link,
    DeleteFile,
    DeleteDirectory,
    SyncDirectory,
}

/// <summary>One change that was made to a disk.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Path">To what; relative to the top of the journal.</param>
/// <param name="Other">New name of a rename or link.</param>
/// <param name="File">Number of the open file, for what is done to an open file.</param>
/// <param name="Offset">Where bytes were written, or the new length.</param>
/// <param name="Bytes">What was written.</param>
internal sealed record DiskOperation(
    DiskOperationKind Kind, string Path, string Other = "", int File = -1, long Offset = 0, byte[]? Bytes = null)
{
    public override string ToString() =>
        $"{Kind} {Path}{(Other.Length > 0 ? " -> " + Other : "")}{(Bytes is null ? "" : $" {Bytes.Length} at {Offset}")}";
}
