namespace Receiver.Hosting;

/// <summary>The process cannot start or go on; the message is one line for the operator: what, and what to do.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);
