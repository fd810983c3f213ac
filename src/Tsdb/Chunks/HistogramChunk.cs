namespace Tsdb.Chunks;

/// <summary>What became of a histogram offered to an open chunk.</summary>
internal enum HistogramAppend
{
    /// <summary>Appended.</summary>
    Appended,

    /// <summary>Appended; the chunk was written anew because the sample has buckets it lacked.</summary>
    Recoded,

    /// <summary>Refused: the chunk ends here and the sample begins a new one.</summary>
    NewChunk,
}

/// <summary>An open chunk of native histograms, integer or float.</summary>
/// <remarks>Layout and rules: docs/formats/chunks.md. Bytes are those upstream writes for the same samples. One owner, one
/// thread.</remarks>
internal sealed class HistogramChunk
{
    /// <summary>Bytes of the object, about: what to ask the processor for.</summary>
    internal const int ObjectBytes = 128;

    private HistogramEncoder _encoder; // Changes as it goes: never copied.

    private HistogramChunk(bool isFloat, HistogramLayout layout, CounterResetHeader header)
    {
        IsFloat = isFloat;
        _encoder = new HistogramEncoder(isFloat, layout, header);
    }

    /// <summary>Whether counts are doubles.</summary>
    public bool IsFloat { get; }

    /// <summary>How its bytes are to be read.</summary>
    public ChunkEncoding Encoding => IsFloat ? ChunkEncoding.FloatHistogram : ChunkEncoding.Histogram;

    /// <summary>Samples in it, 1 or more.</summary>
    public int SampleCount => _encoder.SampleCount;

    /// <summary>What it says about its beginning.</summary>
    public CounterResetHeader Header => _encoder.Header;

    /// <summary>The chunk's stream; valid until the next append.</summary>
    public ReadOnlySpan<byte> Bytes => _encoder.Bytes;

    /// <summary>Bytes of the stream.</summary>
    internal int LengthBytes => _encoder.LengthBytes;

    /// <summary>Bytes of its arrays.</summary>
    internal long CapacityBytes => _encoder.CapacityBytes;

    /// <summary>Bytes of what its samples share, which other chunks may share too.</summary>
    internal long LayoutBytes => _encoder.Layout.SizeBytes;

    /// <summary>Whether the last sample has the very layout of the chunk, so that <see cref="CopyLast"/> gives it back.</summary>
    internal bool IsLastExact { get; private set; }

    private bool IsGauge => Header == CounterResetHeader.Gauge;

    /// <summary>Begins a chunk because the caller wants one.</summary>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="sample">Its first sample.</param>
    /// <param name="previous">The chunk that ends, if it was of the same series; others than of the same kind are
    /// ignored.</param>
    public static HistogramChunk Begin(long timestampMs, HistogramSample sample, HistogramChunk? previous) =>
        Begin(timestampMs, sample, HeaderAfter(previous, sample));

    /// <summary>What a chunk that begins with a sample because the caller wants one says about its beginning.</summary>
    internal static CounterResetHeader HeaderAfter(HistogramChunk? previous, HistogramSample sample)
    {
        var header = CounterResetHeader.Unknown;
        if (sample.Hint == CounterResetHint.Gauge)
        {
            header = CounterResetHeader.Gauge;
        }
        else if (sample.Hint == CounterResetHint.Reset)
        {
            header = CounterResetHeader.Reset;
        }
        else if (previous is not null && previous.IsFloat == sample.IsFloat)
        {
            header = previous.Compare(sample).Header;
            // Upstream's float chunks know only these two here.
            if (sample.IsFloat && header != CounterResetHeader.Reset) header = CounterResetHeader.NotReset;
        }
        return header;
    }

    /// <summary>Begins a chunk with a header, in the memory of one that has ended and is looked at no more.</summary>
    /// <param name="ended">The chunk that ended, if any.</param>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="sample">Its first sample.</param>
    /// <param name="header">What it says about its beginning.</param>
    /// <param name="layouts">Layouts of other chunks that it may share.</param>
    internal static HistogramChunk BeginInPlaceOf(
        HistogramChunk? ended, long timestampMs, HistogramSample sample, CounterResetHeader header,
        SharedLayouts? layouts = null)
    {
        if (ended is null || ended.IsFloat != sample.IsFloat || !ended._encoder.Layout.IsExactlyOf(sample))
            return Begin(timestampMs, sample, header, layouts?.Of(sample) ?? HistogramLayout.Of(sample));
        ended._encoder.Restart(header);
        ended._encoder.Append(timestampMs, sample);
        ended.IsLastExact = true;
        return ended;
    }

    /// <summary>Begins a chunk with a header, such as the one that <see cref="Append"/> told.</summary>
    public static HistogramChunk Begin(long timestampMs, HistogramSample sample, CounterResetHeader header) =>
        Begin(timestampMs, sample, header, HistogramLayout.Of(sample));

    private static HistogramChunk Begin(
        long timestampMs, HistogramSample sample, CounterResetHeader header, HistogramLayout layout)
    {
        var chunk = new HistogramChunk(sample.IsFloat, layout, header);
        chunk._encoder.Append(timestampMs, sample);
        chunk.IsLastExact = !sample.IsStale;
        return chunk;
    }

    /// <summary>Gives a sample the content of the last one, which must be exact, all but its hint.</summary>
    internal void CopyLast(HistogramSample sample)
    {
        sample.IsFloat = IsFloat;
        (sample.Count, sample.ZeroCount, sample.SumBits) = (_encoder.LastCount, _encoder.LastZeroCount, _encoder.LastSumBits);
        _encoder.Layout.CopyTo(sample);
        HistogramSample.Replace(sample.PositiveBuckets, _encoder.LastPositive.Numbers);
        HistogramSample.Replace(sample.NegativeBuckets, _encoder.LastNegative.Numbers);
    }

    /// <summary>Asks the processor for the memory that the next append will touch.</summary>
    internal void Prefetch() => _encoder.Prefetch();

    /// <summary>Appends a sample of the same kind if the chunk can take it.</summary>
    /// <param name="timestampMs">Unix milliseconds, later than the last one (not checked).</param>
    /// <param name="sample">Not changed.</param>
    /// <param name="header">The header of the chunk to begin when the result is <see cref="HistogramAppend.NewChunk"/>.</param>
    public HistogramAppend Append(long timestampMs, HistogramSample sample, out CounterResetHeader header)
    {
        if (TryAppendExact(timestampMs, sample))
        {
            header = CounterResetHeader.NotReset;
            return HistogramAppend.Appended;
        }
        var verdict = sample.Hint == CounterResetHint.Gauge ? CompareGauge(sample) : Compare(sample);
        header = verdict.Header;
        if (!verdict.Fits)
        {
            // Upstream's float chunks do not say "not a reset" when a counter follows gauges.
            if (IsFloat && header == CounterResetHeader.NotReset) header = CounterResetHeader.Unknown;
            return HistogramAppend.NewChunk;
        }
        if (verdict.Inserts > 0) Recode(sample, in verdict);
        _encoder.Append(timestampMs, sample);
        IsLastExact = _encoder.Layout.IsExactlyOf(sample);
        return verdict.Inserts > 0 ? HistogramAppend.Recoded : HistogramAppend.Appended;
    }

    /// <summary>Appends a sample only if the chunk needs neither an end nor new buckets for it.</summary>
    /// <returns>Why it was refused, in upstream's words, or null.</returns>
    public string? AppendOnly(long timestampMs, HistogramSample sample)
    {
        var isGauge = sample.Hint == CounterResetHint.Gauge;
        var verdict = isGauge ? CompareGauge(sample) : Compare(sample);
        var kind = (IsFloat ? "float " : "") + (isGauge ? "gauge " : "") + "histogram";
        if (!verdict.Fits) return verdict.Header == CounterResetHeader.Reset ? $"{kind} counter reset" : $"{kind} schema change";
        // Gauges are refused even when only the sample would have to be adapted.
        var (positive, negative) = (verdict.Positive, verdict.Negative);
        var change = isGauge && verdict.Missing > 0 ? Runs(positive.MissingInSample, negative.MissingInSample, "backwards")
            : verdict.Inserts > 0 ? Runs(positive.MissingInChunk, negative.MissingInChunk, "forwards") : null;
        if (change is not null) return $"{kind} layout change with {change}";
        _encoder.Append(timestampMs, sample);
        IsLastExact = _encoder.Layout.IsExactlyOf(sample);
        return null;
    }

    /// <summary>The usual case, a counter that went on in the chunk's own layout, decided as <see cref="Compare"/>
    /// would.</summary>
    private bool TryAppendExact(long timestampMs, HistogramSample sample)
    {
        if (!_encoder.Layout.IsExactlyOf(sample)) return false;
        if (IsGauge || sample.Hint is CounterResetHint.Gauge or CounterResetHint.Reset) return false;
        if (_encoder.LastSumBits == StaleMarker.Bits || _encoder.Layout.HasOtherSchema(sample)) return false;
        if (IsCountBelow(sample.Count, _encoder.LastCount) || IsCountBelow(sample.ZeroCount, _encoder.LastZeroCount))
            return false;
        if (!GoesOn(sample.Positive.Numbers, _encoder.LastPositive.Numbers)) return false;
        if (!GoesOn(sample.Negative.Numbers, _encoder.LastNegative.Numbers)) return false;
        _encoder.Append(timestampMs, sample);
        IsLastExact = true;
        return true;
    }

    private bool GoesOn(ReadOnlySpan<ulong> now, ReadOnlySpan<ulong> last) =>
        now.Length == last.Length && !HistogramBuckets.IsAnyBelow(now, last, IsFloat);

    private static string Runs(int positive, int negative, string direction) =>
        $"{positive} positive and {negative} negative {direction} inserts";

    /// <summary>Sees whether a counter histogram goes on from the chunk's last sample. The order of the questions is
    /// upstream's.</summary>
    private Verdict Compare(HistogramSample sample)
    {
        if (IsGauge) return Verdict.Ends(CounterResetHeader.NotReset);
        if (sample.Hint == CounterResetHint.Reset) return Verdict.Ends(CounterResetHeader.Reset);
        if (sample.IsStale) return Verdict.Goes(default, default);
        if (_encoder.LastSumBits == StaleMarker.Bits) return Verdict.Ends(CounterResetHeader.Unknown);
        if (IsCountBelow(sample.Count, _encoder.LastCount)) return Verdict.Ends(CounterResetHeader.Reset);
        if (_encoder.Layout.HasOtherSchema(sample)) return Verdict.Ends(CounterResetHeader.Unknown);
        if (_encoder.Layout.HasOtherBounds(sample)) return Verdict.Ends(CounterResetHeader.Reset);
        if (IsCountBelow(sample.ZeroCount, _encoder.LastZeroCount)) return Verdict.Ends(CounterResetHeader.Reset);
        var positive = ComparePositive(sample, isGauge: false);
        var negative = CompareNegative(sample, isGauge: false);
        return positive.IsReset || negative.IsReset ? Verdict.Ends(CounterResetHeader.Reset) : Verdict.Goes(positive, negative);
    }

    private Verdict CompareGauge(HistogramSample sample)
    {
        var ends = Verdict.Ends(CounterResetHeader.Gauge);
        if (!IsGauge) return ends;
        if (sample.IsStale) return Verdict.Goes(default, default);
        if (_encoder.LastSumBits == StaleMarker.Bits) return ends;
        if (_encoder.Layout.HasOtherSchema(sample) || _encoder.Layout.HasOtherBounds(sample)) return ends;
        return Verdict.Goes(ComparePositive(sample, isGauge: true), CompareNegative(sample, isGauge: true));
    }

    private HistogramBuckets.Comparison ComparePositive(HistogramSample sample, bool isGauge) =>
        HistogramBuckets.Compare(_encoder.LastPositive, sample.Positive, IsFloat, isGauge);

    private HistogramBuckets.Comparison CompareNegative(HistogramSample sample, bool isGauge) =>
        HistogramBuckets.Compare(_encoder.LastNegative, sample.Negative, IsFloat, isGauge);

    /// <summary>Writes the chunk anew in a layout that has the sample's buckets too.</summary>
    private void Recode(HistogramSample sample, in Verdict verdict)
    {
        // Spans are taken from the sample as they are unless the chunk has buckets the sample lacks; gauges take both unions
        // then.
        var unitesPositive = (IsGauge ? verdict.Missing : verdict.Positive.MissingInSample) > 0;
        var unitesNegative = (IsGauge ? verdict.Missing : verdict.Negative.MissingInSample) > 0;
        var layout = HistogramLayout.With(
            sample,
            unitesPositive ? HistogramBuckets.Union(_encoder.Layout.Positive, sample.Positive.Spans) : sample.PositiveSpans,
            unitesNegative ? HistogramBuckets.Union(_encoder.Layout.Negative, sample.Negative.Spans) : sample.NegativeSpans);
        var encoder = new HistogramEncoder(IsFloat, layout, Header);
        var samples = new HistogramChunkIterator(Bytes, Encoding, new HistogramSample());
        while (samples.MoveNext()) encoder.Append(samples.TimestampMs, samples.Current);
        if (samples.IsFailed) throw new InvalidOperationException("BUG: an open histogram chunk cannot be read back");
        _encoder = encoder;
    }

    /// <summary>Counts are unsigned, unlike buckets.</summary>
    private bool IsCountBelow(ulong left, ulong right) =>
        IsFloat ? HistogramBuckets.IsBelow(left, right, isFloat: true) : left < right;

    private readonly record struct Verdict(
        bool Fits, CounterResetHeader Header, HistogramBuckets.Comparison Positive, HistogramBuckets.Comparison Negative)
    {
        /// <summary>Runs of buckets the chunk must be given.</summary>
        public int Inserts => Positive.MissingInChunk + Negative.MissingInChunk;

        /// <summary>Runs of buckets the sample must be given.</summary>
        public int Missing => Positive.MissingInSample + Negative.MissingInSample;

        public static Verdict Ends(CounterResetHeader header) => new(false, header, default, default);

        public static Verdict Goes(HistogramBuckets.Comparison positive, HistogramBuckets.Comparison negative) =>
            new(true, CounterResetHeader.NotReset, positive, negative);
    }
}
