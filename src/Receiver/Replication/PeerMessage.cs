using System.Buffers;
using System.Text;
using Receiver.RemoteWrite;
using Tsdb.Memory;

namespace Receiver.Replication;

/// <summary>Builds a thanos.WriteRequest out of slices of the request body: the series as they arrived, then tenant and
/// replica.</summary>
/// <remarks>
/// Field 1 has the tag of prometheus.WriteRequest.timeseries, so a series is forwarded as its very bytes, and neighbours as one
/// slice. Fields 1, 2 and 3 are what releases with and without tuples both store. One owner; the sequence is valid until the next
/// build.
/// </remarks>
public sealed class PeerMessage : IDisposable
{
    private const byte TenantTag = (2 << 3) | 2;
    private const byte ReplicaTag = (3 << 3) | 0;

    private readonly List<Segment> _segments = [];
    private readonly ByteBuffer _trailer = new(64);
    private int _used;

    /// <summary>Builds the message of one group.</summary>
    /// <param name="batch">The request.</param>
    /// <param name="series">Indexes of its series, ascending; one tenant's.</param>
    /// <param name="tenant">That tenant.</param>
    /// <param name="replica">One-based replica.</param>
    public ReadOnlySequence<byte> Build(Batch batch, ReadOnlySpan<int> series, string tenant, int replica)
    {
        Clear();
        int start = 0, end = 0;
        foreach (var index in series)
        {
            ref readonly var entry = ref batch.Series[index];
            if (entry.FieldOffset != end)
            {
                if (end > start) Add(batch.Content[start..end]);
                start = entry.FieldOffset;
            }
            end = entry.FieldOffset + entry.FieldLength;
        }
        if (end > start) Add(batch.Content[start..end]);
        _trailer.WriteByte(TenantTag);
        _trailer.WriteUvarint((ulong)Encoding.UTF8.GetByteCount(tenant));
        Encoding.UTF8.GetBytes(tenant, _trailer);
        _trailer.WriteByte(ReplicaTag);
        _trailer.WriteUvarint((ulong)replica);
        Add(_trailer.WrittenMemory);
        return new ReadOnlySequence<byte>(_segments[0], 0, _segments[_used - 1], _segments[_used - 1].Memory.Length);
    }

    /// <summary>Lets go of the request's bytes.</summary>
    public void Clear()
    {
        for (var i = 0; i < _used; i++) _segments[i].Clear();
        _used = 0;
        _trailer.Clear();
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        Clear();
        _trailer.Dispose();
    }

    private void Add(ReadOnlyMemory<byte> bytes)
    {
        if (_used == _segments.Count) _segments.Add(new Segment());
        _segments[_used].Set(bytes, _used == 0 ? null : _segments[_used - 1]);
        _used++;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public void Set(ReadOnlyMemory<byte> bytes, Segment? previous)
        {
            Memory = bytes;
            Next = null;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
            if (previous is not null) previous.Next = this;
        }

        public void Clear()
        {
            Memory = default;
            Next = null;
        }
    }
}
