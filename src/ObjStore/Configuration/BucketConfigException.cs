namespace ObjStore.Configuration;

/// <summary>The bucket configuration cannot be used; the text says which line or key and why.</summary>
public sealed class BucketConfigException(string message, Exception? inner = null) : Exception(message, inner);
