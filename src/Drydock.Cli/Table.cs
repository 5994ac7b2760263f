using System.Text;

namespace Drydock.Cli;

/// <summary>Rows of text in columns as wide as their widest cell.</summary>
internal sealed class Table
{
    private const int Gap = 3;
    private readonly List<string[]> _rows = [];

    public Table(params string[] heads) => _rows.Add(heads);

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        int[] widths = Sequences.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length) + Gap)
            .ToArray();
        var text = new StringBuilder();
        foreach (string[] row in _rows)
        {
            for (int column = 0; column < row.Length - 1; column++) text.Append(row[column].PadRight(widths[column]));
            text.Append(row[^1]).Append('\n');
        }
        return text.ToString();
    }
}
