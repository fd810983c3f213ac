namespace Tsdb.Memory;

/// <summary>A 128-bit keyed hash: wide enough that two different inputs are taken for different without comparing them.</summary>
/// <remarks>The key is random per process (<see cref="KeyedHash"/>), so nobody outside can aim at a collision; never stored or
/// sent.</remarks>
public readonly record struct KeyHash(ulong Low, ulong High);
