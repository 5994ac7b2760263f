using System.Globalization;

namespace Drydock.Conformance;

/// <summary>How often something passed and failed.</summary>
internal readonly record struct Count(int Passed, int Failed)
{
    public static Count operator +(Count left, Count right) => new(left.Passed + right.Passed, left.Failed + right.Failed);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed");
}

/// <summary>A command that did not do what it should.</summary>
/// <param name="Suite">What it counts for.</param>
/// <param name="Line">Its line.</param>
/// <param name="Text">What was expected and what came.</param>
internal readonly record struct Failure(Suite Suite, int Line, string Text);

/// <summary>What became of a script.</summary>
/// <param name="file">Its path.</param>
/// <param name="log">Where a worker tells what happens, as it happens; null for the one who listens.</param>
internal sealed class FileResult(string file, TextWriter? log = null)
{
    private readonly Count[] _counts = new Count[Suites.All.Count()];

    public string File { get; } = file;
    public List<Failure> Failures { get; } = [];

    /// <summary>The command last begun.</summary>
    public int Line { get; private set; } = 1;

    public Count this[Suite suite] => _counts[(int)suite];

    public void Begin(int line)
    {
        Line = line;
        log?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@{line}"));
        // Flushed, so that a crash is known to be this command's.
        log?.Flush();
    }

    public void AddPass(Suite suite)
    {
        _counts[(int)suite] += new Count(1, 0);
        log?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"+{(int)suite}"));
    }

    public void AddFailure(Failure failure)
    {
        _counts[(int)failure.Suite] += new Count(0, 1);
        Failures.Add(failure);
        log?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"-{(int)failure.Suite} {failure.Line} {failure.Text.ReplaceLineEndings(" | ")}"));
    }

    /// <summary>Counts commands that were never reached.</summary>
    public void AddUnreached(Suite suite, int count) => _counts[(int)suite] += new Count(0, count);

    /// <summary>Takes one line of a worker's log; false when it was the last of this script.</summary>
    public bool Read(string line)
    {
        if (line == ".") return false;
        var words = line[1..].Split(' ', 3);
        var number = int.Parse(words[0], CultureInfo.InvariantCulture);
        if (line[0] == '@') Line = number;
        else if (line[0] == '+') AddPass((Suite)number);
        else AddFailure(new Failure((Suite)number, int.Parse(words[1], CultureInfo.InvariantCulture), words[2]));
        return true;
    }
}
