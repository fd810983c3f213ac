using System.Text;

namespace Receiver.RemoteWrite;

/// <summary>Writes the short plain-text answers of the write doors.</summary>
public static class TextReply
{
    /// <summary>An error: its text, a line end, and the two headers that every error of upstream carries.</summary>
    public static Task WriteAsync(HttpResponse response, int status, string text)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        return WriteRawAsync(response, status, text + "\n");
    }

    /// <summary>The answer to a write: nothing but a status when stored, else status and text.</summary>
    public static Task WriteAsync(HttpResponse response, in WriteResult result)
    {
        if (result.IsStored)
        {
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentLength = 0;
            return Task.CompletedTask;
        }
        if (result.HasRetryAfter) response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(provider: null);
        return WriteAsync(response, result.HttpStatus, result.Text);
    }

    /// <summary>A text as it is, without a line end added.</summary>
    public static Task WriteRawAsync(HttpResponse response, int status, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = bytes.Length;
        // A HEAD request gets the headers alone.
        return HttpMethods.IsHead(response.HttpContext.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(bytes).AsTask();
    }
}
