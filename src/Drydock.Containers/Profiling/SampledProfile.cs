using System.Globalization;
using System.Text;
using Drydock.Oci;
using Drydock.Runtime;

namespace Drydock.Containers;

/// <summary>A profile of samples of the guest's stack.</summary>
internal sealed class SampledProfile : GuestProfile
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    private readonly string _path;
    private readonly Action<string> _report;
    private readonly FileStream _file;
    private readonly Sampler _sampler;

    public SampledProfile(string path, Module module, Action<string> report) : base(module)
    {
        (_path, _report) = (path, report);
        try
        {
            _file = File.Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot write the profile {path}: {Reason.Of(e)}");
        }
        _sampler = Sampler.TryStart(withStacks: true, Interval)
            ?? throw new ContainerException("cannot take a profile: the system has no timer to give");
    }

    public override void Dispose()
    {
        _sampler.Dispose();
        try
        {
            using (_file)
            {
                if (_path.EndsWith(".json", StringComparison.Ordinal)) WriteJson();
                else WriteFolded();
            }
        }
        catch (IOException e)
        {
            _report($"cannot write the profile {_path}: {e.Message}");
        }
        if (_sampler.Lost > 0)
            _report($"the profile lacks the last {_sampler.Lost} samples: there was no room for more");
    }

    /// <summary>
    /// A line for each stack: its functions from the outermost on, with semicolons between, and how often it was met.
    /// </summary>
    private void WriteFolded()
    {
        var stacks = new Dictionary<string, int>();
        _sampler.Visit(Module, functions =>
        {
            string stack = Fold(functions.Span);
            stacks[stack] = stacks.GetValueOrDefault(stack) + 1;
        });
        var text = new StringBuilder();
        foreach ((string stack, int count) in stacks) text.Append(CultureInfo.InvariantCulture, $"{stack} {count}\n");
        _file.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private string Fold(ReadOnlySpan<int> functions)
    {
        var text = new StringBuilder();
        foreach (int function in functions)
        {
            if (text.Length > 0) text.Append(';');
            // Both mean something to those who read the file.
            text.Append(NameOf(function).Replace(';', ':').Replace('\n', ' '));
        }
        return text.ToString();
    }

    private void WriteJson()
    {
        var stacks = new StackTable();
        var samples = new List<int>();
        _sampler.Visit(Module, functions => samples.Add(stacks.Add(functions.Span)));
        new FirefoxProfile(stacks, samples, NameOf, Interval).Write(_file, Path.GetFileName(_path));
    }
}
