using Load;

namespace Micro;

/// <summary>One request of bench/Load: 2000 series with 12 or 13 labels and one sample each.</summary>
internal sealed class RequestInput
{
    /// <summary>Series and samples of the request.</summary>
    public const int SeriesCount = 2000;

    /// <summary>Labels of a histogram bucket, the default of bench/Load.</summary>
    private const int LabelCount = 13;

    /// <summary>Bytes of the sample at the end of every series: tag, length, value and timestamp with their tags.</summary>
    private const int SampleBytes = 18;

    private readonly (int At, int Length)[] _labels = new (int, int)[SeriesCount];

    public RequestInput()
    {
        var plain = new PlainRequest();
        var labels = new SeriesLabels(LabelCount);
        for (var i = 0; i < SeriesCount; i++)
        {
            labels.Set(i, generation: 0);
            plain.AddSeries(labels);
        }
        Plain = plain.Bytes.ToArray();
        Compressed = new SnappyTemplate().Compress(plain, prefixBytes: 0).Bytes;
        for (var i = 0; i < SeriesCount; i++)
        {
            var start = plain.SeriesStarts[i] + 1;
            while (Plain[start++] >= 0x80)
            {
                // Steps over the length of the series.
            }
            var end = i + 1 < SeriesCount ? plain.SeriesStarts[i + 1] : plain.Length;
            _labels[i] = (start, end - SampleBytes - start);
        }
    }

    /// <summary>The WriteRequest message.</summary>
    public byte[] Plain { get; }

    /// <summary>The same as a snappy block.</summary>
    public byte[] Compressed { get; }

    /// <summary>The run of label messages of a series, what identifies it.</summary>
    public ReadOnlySpan<byte> LabelRun(int series) => Plain.AsSpan(_labels[series].At, _labels[series].Length);
}
