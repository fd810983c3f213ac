namespace Receiver.Shipping;

/// <summary>A pass could not do all its work; the text says which block and step.</summary>
public sealed class ShippingException(string message, Exception? inner = null) : Exception(message, inner);
