using System.Text;

namespace Drydock.Oci.Build;

/// <summary>
/// Reads a Dockerfile into instructions and stages (reference: docs.docker.com, Dockerfile reference). Nothing is
/// expanded here, so a mistake in a stage that is never built goes unnoticed only if it is one of meaning.
/// </summary>
internal sealed class DockerfileReader
{
    private const int MaxLength = 1 << 20;

    private static readonly string[] Keywords =
    [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ];

    private readonly string _file;
    private readonly string[] _lines;
    private int _next;
    private char _escape = '\\';

    private DockerfileReader(string text, string file)
    {
        _file = file;
        _lines = text.ReplaceLineEndings("\n").Split('\n');
    }

    /// <summary>Reads a whole Dockerfile.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="file">Its name, for messages.</param>
    public static Dockerfile Read(string text, string file)
    {
        if (text.Length > MaxLength)
            throw new ImageException(ImageError.Build, $"{file} is longer than {MaxLength} characters");
        var reader = new DockerfileReader(text.TrimStart('\ufeff'), file);
        reader.ReadDirectives();
        return reader.ReadStages();
    }

    /// <summary>Reads one instruction, as <c>ONBUILD</c> keeps it in an image.</summary>
    public static Instruction ReadOne(string text, Location at, char escape)
    {
        var reader = new DockerfileReader(text, at.File) { _escape = escape };
        return (reader.ReadInstruction() ?? throw at.Error("ONBUILD needs an instruction")) with { At = at };
    }

    /// <summary>The comments of the form <c># name=value</c> that come before everything else.</summary>
    private void ReadDirectives()
    {
        for (; _next < _lines.Length; _next++)
        {
            var line = _lines[_next].Trim();
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (!line.StartsWith('#') || equals < 0)
                return;
            var name = line[1..equals].Trim().ToLowerInvariant();
            if (name is not ("escape" or "syntax" or "check"))
                return;
            if (name == "escape")
                _escape = ReadEscape(line[(equals + 1)..].Trim());
        }
    }

    private char ReadEscape(string value) =>
        value is "\\" or "`" ? value[0] : throw new Location(_file, _next + 1).Error("escape must be \\ or `");

    private Dockerfile ReadStages()
    {
        List<Instruction> arguments = [];
        List<Stage> stages = [];
        while (ReadInstruction() is { } instruction)
        {
            if (instruction.Keyword == "FROM")
                stages.Add(ReadFrom(instruction, stages));
            else if (stages.Count > 0)
                stages[^1].Instructions.Add(instruction);
            else if (instruction.Keyword == "ARG")
                arguments.Add(instruction);
            else
                throw instruction.At.Error($"{instruction.Keyword} comes before FROM; only ARG may");
        }
        return stages.Count > 0
            ? new(_escape, arguments, stages)
            : throw new ImageException(ImageError.Build,
                $"{_file} has no FROM; for a WebAssembly image start with FROM scratch");
    }

    private static Stage ReadFrom(Instruction from, List<Stage> stages)
    {
        from.AllowFlags("platform");
        var words = Words.Split(from.Rest, '\\');
        var name = words.Count == 3 && words[1].Equals("AS", StringComparison.OrdinalIgnoreCase) ? words[2] : null;
        if (words.Count != 1 && name is null)
            throw from.At.Error("FROM takes an image, and AS and a name if the stage has one");
        name = name?.ToLowerInvariant();
        if (name is not null
            && (!char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
            throw from.At.Error(
                $"invalid stage name {Printable.Of(name)}: a letter, then letters, digits, '-', '_' and '.'");
        if (name is not null && stages.Any(stage => stage.Name == name))
            throw from.At.Error($"there is a stage {name} already");
        return new(stages.Count, name, from, words[0], []);
    }

    private Instruction? ReadInstruction()
    {
        if (!SkipBlank())
            return null;
        var at = new Location(_file, _next + 1);
        var text = ReadLogicalLine();
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var keyword = (end < 0 ? text : text[..end]).ToUpperInvariant();
        if (!Keywords.Contains(keyword))
            throw at.Error(Unknown(keyword));
        var rest = end < 0 ? "" : text[end..].Trim();
        var flags = ReadFlags(ref rest);
        var heredocs = keyword is "RUN" or "COPY" or "ADD" ? ReadHeredocs(rest, at) : [];
        return rest.Length > 0 || keyword is "CMD" or "ENTRYPOINT"
            ? new(at, keyword, flags, rest, heredocs)
            : throw at.Error($"{keyword} needs something to work on");
    }

    private bool SkipBlank()
    {
        while (_next < _lines.Length && IsBlank(_lines[_next]))
            _next++;
        return _next < _lines.Length;
    }

    private static bool IsBlank(string line) => line.AsSpan().Trim() is [] or ['#', ..];

    /// <summary>
    /// Joins lines that end in the escape character; comments and empty lines between them do not count.
    /// </summary>
    private string ReadLogicalLine()
    {
        var text = new StringBuilder();
        var continues = true;
        for (; continues && _next < _lines.Length; _next++)
        {
            if (text.Length > 0 && IsBlank(_lines[_next]))
                continue;
            var line = text.Length == 0 ? _lines[_next].Trim() : _lines[_next].TrimEnd();
            continues = line.EndsWith(_escape);
            text.Append(continues ? line.AsSpan(0, line.Length - 1) : line);
        }
        return text.ToString().Trim();
    }

    private static Dictionary<string, string> ReadFlags(ref string rest)
    {
        var flags = new Dictionary<string, string>(StringComparer.Ordinal);
        while (rest.StartsWith("--", StringComparison.Ordinal))
        {
            var end = rest.AsSpan().IndexOfAny(' ', '\t');
            var flag = end < 0 ? rest : rest[..end];
            rest = end < 0 ? "" : rest[end..].TrimStart();
            var equals = flag.IndexOf('=', StringComparison.Ordinal);
            flags[equals < 0 ? flag[2..] : flag[2..equals]] = equals < 0 ? "" : flag[(equals + 1)..];
        }
        return flags;
    }

    private List<Heredoc> ReadHeredocs(string rest, Location at)
    {
        List<Heredoc> heredocs = [];
        foreach (var word in rest.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            if (Delimiter(word) is { } delimiter)
                heredocs.Add(ReadHeredoc(word, delimiter, at));
        return heredocs;
    }

    private Heredoc ReadHeredoc(string word, string delimiter, Location at)
    {
        var name = delimiter.Trim('"', '\'');
        var dashed = word.StartsWith("<<-", StringComparison.Ordinal);
        var content = new StringBuilder();
        for (; _next < _lines.Length; _next++)
        {
            var line = dashed ? _lines[_next].TrimStart('\t') : _lines[_next];
            if (line == name)
            {
                _next++;
                return new(word, name, content.ToString(), Expand: name == delimiter);
            }
            content.Append(line).Append('\n');
        }
        throw at.Error($"the here-document {name} has no end");
    }

    /// <summary>What follows <c>&lt;&lt;</c> where a word opens a here-document, quotes included; else null.</summary>
    private static string? Delimiter(string word)
    {
        if (!word.StartsWith("<<", StringComparison.Ordinal) || word.StartsWith("<<<", StringComparison.Ordinal))
            return null;
        var delimiter = word[2..].TrimStart('-');
        var name = delimiter.Trim('"', '\'');
        return name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') ? delimiter
            : null;
    }

    private static string Unknown(string keyword)
    {
        var nearest = Keywords.OrderBy(candidate => Distance(keyword, candidate)).First();
        var hint = Distance(keyword, nearest) <= 2 ? $"; did you mean {nearest}?" : "";
        return $"unknown instruction {Printable.Of(keyword)}{hint}";
    }

    /// <summary>Edits from one word to another (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        if (from.Length > 2 * to.Length + 2)
            return from.Length;
        var row = Sequences.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
