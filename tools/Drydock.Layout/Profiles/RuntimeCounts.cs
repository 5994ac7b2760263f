using System.Globalization;

namespace Drydock.Layout.Profiles;

/// <summary>
/// Reads what the .NET runtime writes with <c>DOTNET_WritePGOData=1</c>: for every method a line with the size of its IL,
/// its name, its signature, and pairs of lines, of which the first says what is counted and the second has the count.
/// </summary>
internal static class RuntimeCounts
{
    private const string MethodMark = "@@@ ";
    private const string SizeMark = "ilSize 0x";
    private const string NameMark = "MethodName: ";
    private const string SignatureMark = "Signature: ";
    private const string RecordMark = "Schema InstrumentationKind ";

    /// <summary>A counter of 32 bits, on an edge.</summary>
    private const string EdgeCounter = "385";

    /// <exception cref="FormatException">The text is something else.</exception>
    public static IEnumerable<MethodCounts> Read(IEnumerable<string> text)
    {
        using IEnumerator<string> lines = text.GetEnumerator();
        bool isMore = lines.MoveNext();
        while (isMore)
        {
            if (!lines.Current.StartsWith(MethodMark, StringComparison.Ordinal))
            {
                isMore = lines.MoveNext();
                continue;
            }
            int size = SizeIn(lines.Current);
            string name = Next(lines, NameMark);
            int parameters = CountParameters(Next(lines, SignatureMark));
            List<Edge> edges = [];
            while ((isMore = lines.MoveNext()) && !lines.Current.StartsWith(MethodMark, StringComparison.Ordinal))
                if (lines.Current.StartsWith(RecordMark + EdgeCounter + ' ', StringComparison.Ordinal))
                    edges.Add(ReadEdge(lines.Current.Split(' '), lines));
            yield return new MethodCounts(name, size, parameters, [.. edges]);
        }
    }

    private static int SizeIn(string line)
    {
        int at = line.IndexOf(SizeMark, StringComparison.Ordinal) + SizeMark.Length;
        return int.Parse(line.AsSpan(at, sizeof(int) * 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static string Next(IEnumerator<string> lines, string mark) =>
        lines.MoveNext() && lines.Current.StartsWith(mark, StringComparison.Ordinal)
            ? lines.Current[mark.Length..]
            : throw new FormatException($"a line with '{mark}' is missing");

    /// <summary>As in <c>instance int32  (class Some`2&lt;!0,!1&gt;,bool)</c>: commas count outside of brackets.</summary>
    private static int CountParameters(string signature)
    {
        string list = signature[(signature.IndexOf("  (", StringComparison.Ordinal) + 3)..];
        int depth = 0, count = list == ")" ? 0 : 1;
        foreach (char letter in list)
            if (letter is '<' or '(' or '[') depth++;
            else if (letter is '>' or ')' or ']') depth--;
            else if (letter == ',' && depth == 0) count++;
        return count;
    }

    /// <summary>As in <c>Schema InstrumentationKind 385 ILOffset 23 Count 1 Other 24</c>.</summary>
    private static Edge ReadEdge(string[] words, IEnumerator<string> lines) => lines.MoveNext()
        ? new Edge((int)ParseCount(words[4]), (int)ParseCount(words[8]), ParseCount(lines.Current))
        : throw new FormatException("the last count is missing");

    private static uint ParseCount(string digits) => uint.Parse(digits, CultureInfo.InvariantCulture);
}
