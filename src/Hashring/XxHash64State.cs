using System.Runtime.CompilerServices;

namespace Hashring;

/// <summary>XXH64 of bytes that arrive in pieces: append any number of times, then read the digest.</summary>
/// <remarks>
/// A mutable struct: pass it by reference. Allocates nothing. The result does not depend on how the input was cut.
/// </remarks>
public struct XxHash64State
{
    private XxHash64.Lanes _lanes = new();
    private Stripe _pending;
    private int _pendingBytes;
    private ulong _totalBytes;

    /// <summary>Starts with no input.</summary>
    public XxHash64State()
    {
    }

    /// <summary>Adds bytes at the end of the input.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _totalBytes += (ulong)data.Length;
        Span<byte> pending = _pending;
        if (_pendingBytes > 0)
        {
            var taken = Math.Min(data.Length, XxHash64.StripeBytes - _pendingBytes);
            data[..taken].CopyTo(pending[_pendingBytes..]);
            _pendingBytes += taken;
            data = data[taken..];
            if (_pendingBytes < XxHash64.StripeBytes) return;
            _lanes.Consume(pending);
        }
        var whole = data.Length & ~(XxHash64.StripeBytes - 1);
        _lanes.Consume(data[..whole]);
        data[whole..].CopyTo(pending);
        _pendingBytes = data.Length - whole;
    }

    /// <summary>The hash of everything appended so far; more may follow.</summary>
    public readonly ulong Digest()
    {
        var start = _totalBytes < XxHash64.StripeBytes ? XxHash64.ShortStart : _lanes.Merge();
        ReadOnlySpan<byte> pending = _pending;
        return XxHash64.Finish(start, _totalBytes, pending[.._pendingBytes]);
    }

    [InlineArray(XxHash64.StripeBytes)]
    private struct Stripe
    {
        private byte _first;
    }
}
