namespace Tsdb.Files;

/// <summary>Everything that the engine changes on a disk goes through here, so that a test can make any step of it fail,
/// or record it.</summary>
/// <remarks>
/// Reading is not part of it. A name that was created, renamed or deleted is durable only after <see cref="SyncDirectory"/>
/// of its directory, what was written only after <see cref="IDiskFile.Sync"/>. Every failure is an <see cref="IOException"/> that
/// names the path. Every member may be called from any thread.
/// </remarks>
internal interface IDisk
{
    /// <summary>Creates a file for writing; an existing one is never touched.</summary>
    /// <exception cref="IOException">It exists, or cannot be created.</exception>
    IDiskFile CreateFile(string path);

    /// <summary>Creates a file for writing, or empties an existing one.</summary>
    IDiskFile OverwriteFile(string path);

    /// <summary>Creates a directory and the missing ones above it; does nothing when it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>Gives a file or a directory another name in one step; a file that has this name is replaced.</summary>
    void Rename(string from, string to);

    /// <summary>Gives a file a second name; its bytes are copied where the filesystem has no hard links.</summary>
    /// <exception cref="IOException">The new name is taken, or neither way works.</exception>
    void Link(string existing, string added);

    /// <summary>Deletes a file; does nothing when it is not there.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes a directory with everything in it; does nothing when it is not there.</summary>
    void DeleteDirectory(string path);

    /// <summary>Flushes to the device what this or any other process wrote to a file.</summary>
    void SyncFile(string path);

    /// <summary>Flushes a directory's names to the device.</summary>
    void SyncDirectory(string path);
}
