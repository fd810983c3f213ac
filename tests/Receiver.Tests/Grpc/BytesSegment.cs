using System.Buffers;

namespace Receiver.Tests.Grpc;

/// <summary>Builds sequences of several pieces.</summary>
internal sealed class BytesSegment : ReadOnlySequenceSegment<byte>
{
    public BytesSegment(ReadOnlyMemory<byte> memory) => Memory = memory;

    public BytesSegment Append(ReadOnlyMemory<byte> memory)
    {
        var next = new BytesSegment(memory) { RunningIndex = RunningIndex + Memory.Length };
        Next = next;
        return next;
    }

    /// <summary>The bytes in two pieces, cut before <paramref name="at"/>.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, int at)
    {
        var first = new BytesSegment(bytes.AsMemory(0, at));
        var last = first.Append(bytes.AsMemory(at));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
