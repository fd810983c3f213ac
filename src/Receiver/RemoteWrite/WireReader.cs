using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Receiver.RemoteWrite;

/// <summary>Steps over the fields of one protobuf message in place. The first failure sticks and ends every loop over the
/// reader.</summary>
/// <remarks>
/// Accepts and refuses what upstream's generated decoder does: ten-byte varints whose tenth byte is not looked at, groups tracked
/// by a counter and not by recursion. Offsets are those of the span given. Allocates nothing.
/// </remarks>
internal ref struct WireReader(ReadOnlySpan<byte> bytes, int start, int end)
{
    /// <summary>Varint: integers and enums.</summary>
    public const int Varint = 0;

    /// <summary>Eight bytes, least significant first.</summary>
    public const int Fixed64 = 1;

    /// <summary>A length and that many bytes.</summary>
    public const int Bytes = 2;

    private const int StartGroup = 3;
    private const int EndGroup = 4;
    private const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes[..end];

    /// <summary>Offset of the next byte.</summary>
    public int Position { get; private set; } = start;

    /// <summary>Offset of the tag of the field at hand.</summary>
    public int FieldStart { get; private set; } = start;

    /// <summary>Number of the field at hand; one or more.</summary>
    public int Field { get; private set; }

    /// <summary>Wire type of the field at hand.</summary>
    public int WireType { get; private set; }

    /// <summary>The first failure, or none.</summary>
    public DecodeFault Fault { get; private set; }

    /// <summary>Reads the next tag.</summary>
    /// <param name="message">Name of the message, for the text of a fault.</param>
    /// <returns>False at the end of the message or after a fault.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool NextField(string message)
    {
        var at = Position;
        if ((uint)at >= (uint)_bytes.Length) return false;
        FieldStart = at;
        uint tag = _bytes[at];
        if (tag - 8 >= 0x78 || (tag & 7) == EndGroup) return NextFieldSlow(message);
        Position = at + 1;
        Field = (int)(tag >> 3);
        WireType = (int)(tag & 7);
        return true;
    }

    /// <summary>Checks the wire type of the field at hand.</summary>
    /// <returns>False, with the fault set, when it is another.</returns>
    public bool Expect(int wireType, string field) =>
        WireType == wireType || Fail(DecodeError.WrongWireType, field, (ulong)WireType);

    /// <summary>Reads a length and steps over the bytes it announces.</summary>
    /// <param name="contentStart">Offset of the first of them; the content ends at <see cref="Position"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBytes(out int contentStart)
    {
        // Lengths of one byte (labels, samples) and of two (series).
        var at = Position;
        if (_bytes.Length - at >= 2)
        {
            int length = _bytes[at++];
            if (length >= 0x80) length = (length & 0x7f) | (_bytes[at++] << 7);
            if (length <= Math.Min(_bytes.Length - at, 0x3fff))
            {
                contentStart = at;
                Position = contentStart + length;
                return true;
            }
        }
        return TryBytesSlow(out contentStart);
    }

    /// <summary>Steps over directly following fields with the one-byte tag of the field just read, as far as they go.</summary>
    /// <remarks>The tight loop over a run of labels: nothing inside them is looked at.</remarks>
    public void SkipRun(byte tag)
    {
        while (Position < _bytes.Length && _bytes[Position] == tag)
        {
            Position++;
            if (!TryBytes(out _)) return;
        }
    }

    /// <summary>Reads an unsigned varint.</summary>
    public bool TryVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (shift >= 64) return Fail(DecodeError.IntegerOverflow);
            if (Position >= _bytes.Length) return Fail(DecodeError.UnexpectedEnd);
            ulong b = _bytes[Position++];
            value |= (b & 0x7f) << shift;
            if (b < 0x80) return true;
        }
    }

    /// <summary>Reads eight bytes.</summary>
    public bool TryFixed64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(_bytes[Position..], out value)) return Fail(DecodeError.UnexpectedEnd);
        Position += sizeof(ulong);
        return true;
    }

    /// <summary>Steps over the unknown field at hand, a whole group included.</summary>
    public bool Skip()
    {
        Position = FieldStart;
        for (var depth = 0; Position < _bytes.Length;)
        {
            if (!TryVarint(out var tag) || !SkipOne(tag, ref depth)) return false;
            if (depth == 0) return true;
        }
        return Fail(DecodeError.UnexpectedEnd);
    }

    /// <summary>Sets the fault, unless one is set, and ends the reader.</summary>
    /// <returns>False, always.</returns>
    public bool Fail(DecodeFault fault)
    {
        if (Fault.IsNone) Fault = fault;
        Position = _bytes.Length;
        return false;
    }

    private bool SkipOne(ulong tag, ref int depth)
    {
        switch ((int)(tag & 7))
        {
            case Varint: return TryVarint(out _);
            case Fixed64: return Advance(sizeof(ulong));
            case Bytes: return TryBytes(out _);
            case StartGroup:
                depth++;
                return true;
            case EndGroup:
                depth--; // Never below zero: NextField refuses an end-group where a field was due.
                return true;
            case Fixed32: return Advance(sizeof(uint));
            default: return Fail(DecodeError.IllegalWireType, "", tag & 7);
        }
    }

    private bool Advance(int count)
    {
        if (count > _bytes.Length - Position) return Fail(DecodeError.UnexpectedEnd);
        Position += count;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool NextFieldSlow(string message)
    {
        if (!TryVarint(out var tag)) return false;
        Field = (int)(tag >> 3);
        WireType = (int)(tag & 7);
        if (WireType == EndGroup) return Fail(DecodeError.StrayEndGroup, message);
        return Field > 0 || Fail(DecodeError.IllegalTag, message, tag);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryBytesSlow(out int contentStart)
    {
        contentStart = 0;
        if (!TryVarint(out var length)) return false;
        if ((long)length < 0) return Fail(DecodeError.NegativeLength);
        if (length > (ulong)(_bytes.Length - Position)) return Fail(DecodeError.UnexpectedEnd);
        contentStart = Position;
        Position += (int)length;
        return true;
    }

    private bool Fail(DecodeError error, string subject = "", ulong detail = 0) => Fail(new DecodeFault(error, subject, detail));
}
