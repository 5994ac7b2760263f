using System.Globalization;

namespace Drydock.Cli.Wast;

/// <summary>How often something passed and failed.</summary>
internal readonly record struct Count(int Passed, int Failed)
{
    public static Count operator +(Count left, Count right) =>
        new(left.Passed + right.Passed, left.Failed + right.Failed);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed");
}

/// <summary>A command that did not do what it should.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Text">What was expected and what came.</param>
internal readonly record struct Failure(int Line, string Text);

/// <summary>What became of a script. The threads of a script report here at the same time.</summary>
/// <param name="file">Its path.</param>
/// <param name="log">Where a worker tells what happens, as it happens; null for the one who listens.</param>
internal sealed class FileResult(string file, TextWriter? log = null)
{
    private readonly Lock _gate = new();

    public string File { get; } = file;
    public List<Failure> Failures { get; } = [];
    public Count Count { get; private set; }

    /// <summary>The command last begun.</summary>
    public int Line { get; private set; } = 1;

    public void Begin(int line)
    {
        lock (_gate)
        {
            Line = line;
            log?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@{line}"));
            // Flushed, so that a crash is known to be this command's.
            log?.Flush();
        }
    }

    public void AddPass()
    {
        lock (_gate)
        {
            Count += new Count(1, 0);
            log?.WriteLine('+');
        }
    }

    public void AddFailure(Failure failure)
    {
        lock (_gate)
        {
            Count += new Count(0, 1);
            Failures.Add(failure);
            log?.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"-{failure.Line} {failure.Text.ReplaceLineEndings(" | ")}"));
        }
    }

    /// <summary>Counts commands that were never reached.</summary>
    public void AddUnreached(int count) => Count += new Count(0, count);

    /// <summary>Takes one line of a worker's log; false when it was the last of this script.</summary>
    public bool Read(string line)
    {
        switch (line)
        {
            case ".": return false;
            case "+": AddPass(); return true;
            case ['@', .. var number]: Line = int.Parse(number, CultureInfo.InvariantCulture); return true;
        }
        var words = line[1..].Split(' ', 2);
        AddFailure(new Failure(int.Parse(words[0], CultureInfo.InvariantCulture), words[1]));
        return true;
    }
}
