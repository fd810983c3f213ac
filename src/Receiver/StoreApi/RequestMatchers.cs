using Receiver.Protos.Store;
using LabelSet = Tsdb.Labels.LabelSet;
using Matcher = Tsdb.Labels.Matcher;
using MatchType = Tsdb.Labels.MatchType;

namespace Receiver.StoreApi;

/// <summary>Matchers of a request: from their message, and without those that external labels decide.</summary>
internal static class RequestMatchers
{
    /// <summary>Compiles the matchers.</summary>
    /// <returns>False with upstream's text when one is invalid.</returns>
    public static bool TryConvert(IReadOnlyList<LabelMatcher> messages, out Matcher[] matchers, out string error)
    {
        matchers = new Matcher[messages.Count];
        error = "";
        for (var i = 0; i < matchers.Length; i++)
        {
            var message = messages[i];
            if (message.Type is < LabelMatcher.Types.Type.Eq or > LabelMatcher.Types.Type.Nre)
            {
                error = $"unrecognized label matcher type {(int)message.Type}";
                return false;
            }
            var (name, value) = (message.Name, message.Value);
            if (!Matcher.TryCreate((MatchType)message.Type, name.Span, value.Span, out matchers[i], out error)) return false;
        }
        return true;
    }

    /// <summary>Evaluates the matchers on external labels and takes them out.</summary>
    /// <param name="matchers">All matchers of the request.</param>
    /// <param name="external">The tenant's external labels; a series' own label of the same name is never consulted.</param>
    /// <param name="rest">What is left for the database.</param>
    /// <returns>False when the tenant cannot have anything.</returns>
    public static bool TryStrip(Matcher[] matchers, LabelSet external, out Matcher[] rest)
    {
        rest = matchers;
        var kept = new List<Matcher>(matchers.Length);
        foreach (var matcher in matchers)
        {
            var value = external.Find(matcher.Name);
            if (value.IsEmpty) kept.Add(matcher);
            else if (!matcher.Matches(value)) return false;
        }
        if (kept.Count < matchers.Length) rest = [.. kept];
        return true;
    }
}
