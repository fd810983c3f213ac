using System.Globalization;
using System.Text;

namespace Engine;

/// <summary>Results on standard output: a heading, then one line each, in columns as wide as their heading.</summary>
internal sealed class Table
{
    private const int WidthMin = 9;
    private const double Mebi = 1 << 20;

    private readonly string[] _columns;

    public Table(params string[] columns)
    {
        _columns = columns;
        Line(columns);
    }

    public void Row(params object[] cells) => Line(Array.ConvertAll(cells, Format));

    /// <summary>Bytes as MiB.</summary>
    public static double Mib(long bytes) => bytes / Mebi;

    private static string Format(object cell) => cell switch
    {
        double number => number.ToString(number < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };

    private void Line(string[] cells)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            var width = Math.Max(_columns[i].Length, WidthMin) + 2;
            line.Append(i == 0 ? cells[i].PadRight(34) : cells[i].PadLeft(width));
        }
        Console.WriteLine(line.ToString().TrimEnd());
    }
}
