namespace ObjStore;

/// <summary>An object that was asked for is not in the bucket.</summary>
public sealed class ObjectNotFoundException(string name, Exception? inner = null) : IOException($"object {name} not found", inner)
{
    /// <summary>Name that was asked for.</summary>
    public string Name { get; } = name;
}
