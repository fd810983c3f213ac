using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>One keep-alive connection that sends prepared requests and reads the answers. One thread.</summary>
/// <remarks>
/// A blocking socket and a parser for what servers answer to a POST: the generator shares the machine with what it measures,
/// and a
/// general client costs several times as much per request (decision 0044).
/// </remarks>
internal sealed class KeepAliveClient(Uri url) : IDisposable
{
    /// <summary>Answers have a short head; error bodies are cut to what is left.</summary>
    private readonly byte[] _buffer = new byte[16 << 10];

    private Socket? _socket;

    /// <summary>Body of the last answer, as text.</summary>
    public string Body { get; private set; } = "";

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <returns>The HTTP status; 0 when the connection broke, with the reason in <see cref="Body"/>.</returns>
    public int Send(ReadOnlySpan<byte> request)
    {
        try
        {
            var socket = _socket ??= Connect();
            while (!request.IsEmpty) request = request[socket.Send(request)..];
            return ReadAnswer(socket);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            Body = e.Message;
            Dispose();
            return 0;
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private Socket Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 120_000,
            SendTimeout = 120_000,
        };
        socket.Connect(url.Host, url.Port);
        return socket;
    }

    private int ReadAnswer(Socket socket)
    {
        var length = 0;
        int head;
        while ((head = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0) length += Receive(socket, length);
        var bodyAt = head + 4;
        var lines = Encoding.ASCII.GetString(_buffer, 0, head);
        if (!Utf8Parser.TryParse(_buffer.AsSpan("HTTP/1.1 ".Length, 3), out int status, out _))
            throw new IOException("no HTTP: " + lines);
        if (Field(lines, "transfer-encoding").Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (!_buffer.AsSpan(bodyAt, length - bodyAt).EndsWith("0\r\n\r\n"u8)) length += Receive(socket, length);
        }
        else if (int.TryParse(Field(lines, "content-length"), out var bodyBytes))
        {
            if (bodyBytes > _buffer.Length - bodyAt) throw new IOException($"answer of {bodyBytes} bytes");
            while (length - bodyAt < bodyBytes) length += Receive(socket, length);
        }
        Body = length > bodyAt ? Encoding.UTF8.GetString(_buffer, bodyAt, length - bodyAt) : "";
        if (Field(lines, "connection").Contains("close", StringComparison.OrdinalIgnoreCase)) Dispose();
        return status;
    }

    private int Receive(Socket socket, int at)
    {
        if (at == _buffer.Length) throw new IOException("the answer is too long");
        var received = socket.Receive(_buffer.AsSpan(at));
        return received > 0 ? received : throw new IOException("the server closed the connection");
    }

    private static string Field(string lines, string name)
    {
        var at = lines.IndexOf("\r\n" + name + ":", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return "";
        at += name.Length + 3;
        var end = lines.IndexOf("\r\n", at, StringComparison.Ordinal);
        return lines[at..(end < 0 ? lines.Length : end)].Trim();
    }
}
