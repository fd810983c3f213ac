using System.Text;

namespace Receiver.Hosting;

/// <summary>Small fixed answers, byte for byte those of Go's net/http.</summary>
internal static class PlainReply
{
    /// <summary>A text without a line end, such as a probe's OK.</summary>
    public static Task WriteAsync(HttpContext http, int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        var body = Encoding.UTF8.GetBytes(text);
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.Body.WriteAsync(body).AsTask();
    }

    /// <summary>An error: its text and a line end.</summary>
    public static Task ErrorAsync(HttpContext http, int status, string text)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return WriteAsync(http, status, text + "\n");
    }

    /// <summary>404.</summary>
    public static Task NotFoundAsync(HttpContext http) => ErrorAsync(http, StatusCodes.Status404NotFound, "404 page not found");

    /// <summary>A redirect; GET gets a line of HTML, other methods no body.</summary>
    public static Task RedirectAsync(HttpContext http, int status, string path, string phrase)
    {
        http.Response.Headers.Location = path;
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
            return WriteAsync(http, status, $"<a href=\"{path}\">{phrase}</a>.\n\n", "text/html; charset=utf-8");
        http.Response.StatusCode = status;
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
