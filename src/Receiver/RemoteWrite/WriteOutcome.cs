namespace Receiver.RemoteWrite;

/// <summary>What became of a write request, whichever door it came through.</summary>
public enum WriteOutcome : byte
{
    /// <summary>Stored as often as the quorum wants.</summary>
    Stored = 0,

    /// <summary>Refused for good because of what is stored already or what the labels are; valid samples of the request are
    /// stored.</summary>
    Conflict,

    /// <summary>A database is not open yet; worth a retry.</summary>
    NotReady,

    /// <summary>Too few replicas could be reached or had room; worth a retry.</summary>
    Unavailable,

    /// <summary>The replica number is beyond the replication factor.</summary>
    BadReplica,

    /// <summary>The tenant's name, its header or its certificate will not do.</summary>
    BadTenant,

    /// <summary>A header or the bytes of the body are not what they should be.</summary>
    Malformed,

    /// <summary>A protocol that is not spoken.</summary>
    Unsupported,

    /// <summary>Over a limit of size.</summary>
    TooLarge,

    /// <summary>Over a limit of rate or series; worth a retry later.</summary>
    TooMany,

    /// <summary>Anything else: a disk, a deadline, a ring that has no place for the series.</summary>
    Failed,
}

/// <summary>The outcome of a write with its text: the one place where outcomes become answers.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Text">One line for the client, without a line end; empty when stored.</param>
/// <param name="RetryAfter">When a retry may succeed; used with 429 and 503 only, at least a second on the wire.</param>
/// <remarks>Statuses: docs/formats/remote-write.md. Prometheus drops a batch for every 4xx but 429 and retries 5xx for
/// ever.</remarks>
public readonly record struct WriteResult(WriteOutcome Outcome, string Text, TimeSpan RetryAfter = default)
{
    /// <summary>Everything stored.</summary>
    public static WriteResult Stored => new(WriteOutcome.Stored, "");

    /// <summary>Whether the client hears "yes".</summary>
    public bool IsStored => Outcome == WriteOutcome.Stored;

    /// <summary>Status of the HTTP answer.</summary>
    public int HttpStatus => Outcome switch
    {
        WriteOutcome.Stored => StatusCodes.Status200OK,
        WriteOutcome.Conflict => StatusCodes.Status409Conflict,
        WriteOutcome.NotReady or WriteOutcome.Unavailable => StatusCodes.Status503ServiceUnavailable,
        WriteOutcome.BadReplica or WriteOutcome.BadTenant or WriteOutcome.Malformed => StatusCodes.Status400BadRequest,
        WriteOutcome.Unsupported => StatusCodes.Status415UnsupportedMediaType,
        WriteOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
        WriteOutcome.TooMany => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Whether the HTTP answer names a time to come back.</summary>
    public bool HasRetryAfter => HttpStatus is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;

    /// <summary>Seconds of the Retry-After header: whole, rounded up, 1 or more.</summary>
    public int RetryAfterSeconds => Math.Max(1, (int)Math.Ceiling(RetryAfter.TotalSeconds));

    /// <summary>A body or header that cannot be read.</summary>
    public static WriteResult Malformed(string text) => new(WriteOutcome.Malformed, text);
}
