using System.Globalization;
using System.Text;

namespace Load;

/// <summary>Prepares whole HTTP requests, head included, ready to be patched and sent. One thread.</summary>
internal sealed class RequestFactory(LoadOptions options)
{
    private readonly SeriesLabels _labels = new(options.Labels);
    private readonly PlainRequest _plain = new();
    private readonly SnappyTemplate _snappy = new();

    public long Samples { get; private set; }

    public long PlainBytes { get; private set; }

    public long CompressedBytes { get; private set; }

    public long LabelTextBytes => _plain.LabelTextBytes;

    /// <summary>Makes the request of one batch of series.</summary>
    public CompressedRequest Create(int batch, int generation)
    {
        _plain.Clear();
        var first = (long)batch * options.Batch;
        var end = Math.Min(first + options.Batch, options.Series);
        for (var series = first; series < end; series++)
        {
            _labels.Set(series, generation);
            _plain.AddSeries(_labels);
        }
        // The head holds the length, and the length is known after compressing: eight digits are enough for all of them.
        var empty = Head(0);
        var request = _snappy.Compress(_plain, empty.Length);
        var bodyBytes = request.Bytes.Length - empty.Length;
        Head(bodyBytes).CopyTo(request.Bytes, 0);
        Samples += end - first;
        PlainBytes += _plain.Length;
        CompressedBytes += bodyBytes;
        return request;
    }

    private byte[] Head(int bodyBytes)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"POST {options.Url.PathAndQuery} HTTP/1.1\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Host: {options.Url.Authority}\r\n");
        head.Append("Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\n");
        head.Append("User-Agent: load/1.0\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n");
        foreach (var header in options.Headers) head.Append(header).Append("\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {bodyBytes:00000000}\r\n\r\n");
        return Encoding.UTF8.GetBytes(head.ToString());
    }
}
