using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>What a start reads of a log whatever happened to it, which defects it met, and how they are repaired
/// afterwards.</summary>
/// <remarks>
/// <code>
/// var damage = new DamageReport(directory, log);
/// foreach (var part in damage.Parts) { using var reader = damage.Open(part); while (reader.Read()) … }
/// damage.Repair();
/// </code>
/// Every defect is logged with path, segment and offset. Data damage is never an exception. One thread at a time, but parts
/// may be
/// open side by side.
/// </remarks>
internal sealed class DamageReport
{
    /// <summary>Defects of one segment that are logged one by one; a segment of noise has one a page.</summary>
    private const int LinesPerSegmentMax = 10;

    /// <summary>Missing segments that are replaced by empty ones, so that other programs open the log too; more would fill the
    /// directory because of one stray file.</summary>
    private const int FilledMax = 1000;

    private readonly string _directory;
    private readonly Action<string> _log;
    private readonly Lock _gate = new(); // Guards the defects: parts may be read side by side.
    private readonly Dictionary<SegmentPart, int> _defects = [];
    private readonly List<int> _missing = [];
    private readonly List<SegmentPart> _parts = [];

    /// <summary>Looks which segments there are and which are missing.</summary>
    /// <param name="directory">The log (<c>wal</c> or <c>wbl</c>); need not exist.</param>
    /// <param name="log">Told what is damaged, what is lost and what is kept.</param>
    /// <param name="startsAnywhere">Whether a log may begin at any number, as the out-of-order log does.</param>
    public DamageReport(string directory, Action<string> log, bool startsAnywhere = false)
    {
        (_directory, _log) = (directory, log);
        var checkpoint = SegmentDirectory.LastCheckpoint(directory);
        if (checkpoint >= 0) AddCheckpoint(SegmentDirectory.CheckpointPath(directory, checkpoint));
        var segments = SegmentDirectory.ListNumbers(directory);
        var expected = startsAnywhere && segments.Length > 0 ? segments[0] : checkpoint + 1;
        foreach (var segment in segments)
        {
            if (segment <= checkpoint) continue; // Folded in; deleting it was interrupted.
            if (segment > expected) AddMissing(expected, segment, isFirst: expected == 0);
            _parts.Add(new SegmentPart(directory, segment));
            expected = segment + 1;
        }
        if (_parts.Count == 0 && !startsAnywhere && HasHeadChunks())
            NoteMissing($"{directory}: there are head chunk files and no log that tells whose they are");
    }

    /// <summary>Segments to read in this order: those of the newest checkpoint, then those behind it.</summary>
    public IReadOnlyList<SegmentPart> Parts => _parts;

    /// <summary>Segments with defects, and runs of missing ones.</summary>
    public int Count { get; private set; }

    /// <summary>Opens one of the parts to be read to its end; defects are logged and counted here.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public SegmentReader Open(SegmentPart part) =>
        SegmentReader.Tolerant(part.Directory, part.Segment, defect => Note(part, defect));

    /// <summary>Notes a record that is whole but cannot be decoded: it is left out, its segment counts as damaged.</summary>
    public void Note(SegmentPart part, in WalCorruption defect)
    {
        lock (_gate)
        {
            var earlier = _defects.GetValueOrDefault(part);
            _defects[part] = earlier + 1;
            if (earlier == 0) Count++;
            if (earlier < LinesPerSegmentMax) _log($"Encountered WAL read error, attempting repair err=\"{defect}\"");
        }
    }

    /// <summary>Rewrites the damaged segments without what cannot be read, and fills holes; damaged files are kept. No writer
    /// may be
    /// open. A disk that refuses is only logged: the defects are met again at the next start.</summary>
    public void Repair(IDisk disk)
    {
        if (Count == 0) return;
        try
        {
            foreach (var (part, defects) in _defects)
            {
                if (defects > LinesPerSegmentMax) _log($"{defects} defects in all in WAL segment {part.Path}");
                var kept = Wal.Repair.Rewrite(part.Directory, part.Segment, part.AsideName(_directory), disk);
                _log($"damaged WAL segment kept as {kept}");
            }
            foreach (var segment in _missing) disk.CreateFile(SegmentDirectory.SegmentPath(_directory, segment)).Dispose();
            disk.SyncDirectory(_directory);
            _log("Successfully repaired WAL");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log($"WAL {_directory} is not repaired, the defects stay: {e.Message}");
        }
    }

    /// <summary>The log is older than any chunk file: where these are and it is not, it was removed.</summary>
    private bool HasHeadChunks()
    {
        var chunks = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_directory))!, "chunks_head");
        return Directory.Exists(chunks) && Directory.GetFiles(chunks).Length > 0;
    }

    private void AddCheckpoint(string checkpoint)
    {
        var expected = 0;
        foreach (var segment in SegmentDirectory.ListNumbers(checkpoint))
        {
            if (segment > expected) NoteMissing($"{checkpoint}: segments {expected} to {segment - 1} are missing");
            _parts.Add(new SegmentPart(checkpoint, segment));
            expected = segment + 1;
        }
        if (expected == 0) NoteMissing($"checkpoint {checkpoint} is empty");
    }

    private void AddMissing(int from, int to, bool isFirst)
    {
        NoteMissing($"{_directory}: segments {from} to {to - 1} are missing");
        if (isFirst || to - from > FilledMax) return;
        for (var segment = from; segment < to; segment++) _missing.Add(segment);
    }

    private void NoteMissing(string what)
    {
        Count++;
        _log($"Encountered WAL read error, going on with what is there err=\"{what}\"");
    }
}
