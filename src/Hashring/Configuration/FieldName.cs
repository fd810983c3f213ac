namespace Hashring.Configuration;

/// <summary>Keys match whatever their case, by Unicode's simple folding.</summary>
internal static class FieldName
{
    /// <summary>
    /// The key in capitals. Besides ASCII only two characters fold to letters of our keys: the long s and the kelvin sign.
    /// </summary>
    public static string Fold(string key) => string.Create(key.Length, key, static (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = from[i] switch
            {
                >= 'a' and <= 'z' => (char)(from[i] - 'a' + 'A'),
                '\u017F' => 'S',
                '\u212A' => 'K',
                _ => from[i],
            };
        }
    });
}
