namespace Tsdb.Memory;

/// <summary>Where a byte string has numbers of eight bytes side by side, which a compressor need not search for.</summary>
/// <param name="At">First byte.</param>
/// <param name="Words">How many.</param>
internal readonly record struct WordRun(int At, int Words);
