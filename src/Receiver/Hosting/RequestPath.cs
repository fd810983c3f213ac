using Microsoft.AspNetCore.Http.Features;

namespace Receiver.Hosting;

/// <summary>Paths as the client sent them: the server's own reading ignores what upstream's routers look at.</summary>
internal static class RequestPath
{
    /// <summary>The request target without its query, percent-decoded; <c>*</c> stays.</summary>
    public static string Of(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        if (Uri.TryCreate(path, UriKind.Absolute, out var absolute) && !path.StartsWith('/')) path = absolute.AbsolutePath;
        return path.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(path) : path;
    }

    /// <summary>Without empty, "." and ".." elements; a trailing slash stays.</summary>
    public static string Clean(string path)
    {
        var kept = new List<string>();
        foreach (var element in path.Split('/'))
        {
            if (element.Length == 0 || element == ".") continue;
            if (element != "..") kept.Add(element);
            else if (kept.Count > 0) kept.RemoveAt(kept.Count - 1);
        }
        var clean = "/" + string.Join('/', kept);
        return path.EndsWith('/') && clean.Length > 1 ? clean + "/" : clean;
    }
}
