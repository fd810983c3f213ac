namespace Receiver.Grpc;

/// <summary>How messages of a call are compressed.</summary>
public enum GrpcEncoding
{
    /// <summary>Not at all.</summary>
    Identity = 0,

    /// <summary>The snappy framing format (not the block format), one stream a message.</summary>
    Snappy,

    /// <summary>Gzip, one member a message.</summary>
    Gzip,
}
