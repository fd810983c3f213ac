using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>How far a log was written at some moment: what a flush to the device that begins then makes durable.</summary>
/// <param name="File">The segment being written then.</param>
/// <param name="Offset">Bytes of it written.</param>
internal readonly record struct SyncPoint(IDiskFile File, long Offset);
