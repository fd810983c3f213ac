namespace Receiver.Options;

/// <summary>What this receiver does with a write. Source: cmd/thanos/receive.go, determineMode.</summary>
public enum ReceiverMode
{
    /// <summary>Stores everything itself; no hash ring was given.</summary>
    IngestorOnly,

    /// <summary>Stores nothing, passes writes on; a ring was given, but no local endpoint.</summary>
    RouterOnly,

    /// <summary>Stores its own share and passes the rest on.</summary>
    RouterIngestor,
}
