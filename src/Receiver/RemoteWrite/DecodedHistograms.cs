using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Head;

namespace Receiver.RemoteWrite;

/// <summary>The valid native histograms of a request, decoded, series by series; reused for the next request.</summary>
/// <remarks>One owner, one thread. Invalid ones are left out and reported with the reason; upstream drops them and answers
/// success.</remarks>
internal sealed class DecodedHistograms
{
    private const int HistogramsField = 4;
    private const int KeptMax = 1024; // Samples kept for the next request; each may hold a few hundred buckets.
    private const int KeptBucketsMax = 1024;

    private readonly List<HistogramItem> _items = [];
    private readonly Stack<HistogramSample> _spare = new();

    /// <summary>Everything decoded so far.</summary>
    public Span<HistogramItem> Items => CollectionsMarshal.AsSpan(_items);

    /// <summary>Decodes the histograms of one series.</summary>
    /// <returns>How many are valid.</returns>
    public int Read(ReadOnlySpan<byte> body, in SeriesEntry series, ref WriterErrors errors)
    {
        var before = _items.Count;
        var field = new WireReader(body, series.FieldOffset, series.FieldOffset + series.FieldLength);
        if (!field.NextField("WriteRequest") || !field.TryBytes(out var start)) return 0;
        var reader = new WireReader(body, start, field.Position);
        while (reader.NextField("TimeSeries"))
        {
            if (reader.Field != HistogramsField)
            {
                reader.Skip();
                continue;
            }
            if (!reader.TryBytes(out var at)) break;
            var sample = _spare.TryPop(out var spare) ? spare : new HistogramSample();
            var timestamp = HistogramDecoder.Read(body, at, reader.Position, sample);
            // The head judges too, but by then the series of an invalid histogram would exist.
            if (HistogramValidity.Fault(sample) is not { } fault)
            {
                _items.Add(new HistogramItem { TimestampMs = timestamp, Sample = sample });
                continue;
            }
            errors.AddInvalidHistogram(fault);
            Keep(sample);
        }
        return _items.Count - before;
    }

    /// <summary>Forgets everything, keeps some memory.</summary>
    public void Clear()
    {
        foreach (var item in _items) Keep(item.Sample);
        _items.Clear();
    }

    private void Keep(HistogramSample sample)
    {
        var buckets = sample.PositiveBuckets.Capacity + sample.NegativeBuckets.Capacity + sample.CustomBounds.Capacity;
        var spans = sample.PositiveSpans.Capacity + sample.NegativeSpans.Capacity;
        if (_spare.Count < KeptMax && buckets + spans <= KeptBucketsMax) _spare.Push(sample);
    }
}
