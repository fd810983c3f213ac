namespace ObjStore;

/// <summary>A flat store of immutable objects under names such as "01ARZ…/chunks/000001". Thread-safe.</summary>
/// <remarks>
/// Whatever the implementation, an object is seen whole or not at all. Errors of the environment are exceptions
/// (<see cref="IOException"/>, HTTP and service exceptions) that name the object.
/// </remarks>
public interface IBucket : IDisposable
{
    /// <summary>Whether an object of exactly this name exists.</summary>
    Task<bool> ExistsAsync(string name, CancellationToken stop);

    /// <summary>Stores a file's content under a name, replacing what was there. On failure the old state remains.</summary>
    /// <param name="name">'/'-separated, see <see cref="ObjectName"/>.</param>
    /// <param name="filePath">The file; it must not change until the upload is over.</param>
    /// <param name="stop">Gives up; a part-wise upload is aborted in the bucket.</param>
    Task UploadAsync(string name, string filePath, CancellationToken stop);

    /// <summary>A whole object in memory: meant for meta files.</summary>
    /// <exception cref="ObjectNotFoundException">There is none of that name.</exception>
    Task<byte[]> GetAsync(string name, CancellationToken stop);

    /// <summary>Names of all objects that begin with a prefix (empty: all), ascending by UTF-8 bytes.</summary>
    IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken stop);

    /// <summary>Removes an object; nothing happens when there is none.</summary>
    Task DeleteAsync(string name, CancellationToken stop);
}
