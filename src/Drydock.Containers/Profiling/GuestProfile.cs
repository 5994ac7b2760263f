using System.Globalization;
using Drydock.Runtime;

namespace Drydock.Containers;

/// <summary>A profile of the guest that this thread is about to run, written when it is disposed.</summary>
internal abstract class GuestProfile : IDisposable
{
    /// <summary>The name that asks for <c>perf</c>'s files rather than one of that name.</summary>
    public const string Perf = "perf";

    protected GuestProfile(Module module) => Module = module;

    protected Module Module { get; }

    /// <summary>Starts one.</summary>
    /// <param name="kind">
    /// <c>perf</c>; or a file to write: a profile for the Firefox profiler where its name ends in <c>.json</c>, folded
    /// stacks for others; null for no profile.
    /// </param>
    /// <param name="module">The module.</param>
    /// <param name="report">Hears when it cannot be written.</param>
    /// <exception cref="ContainerException">The guest cannot be sampled.</exception>
    public static GuestProfile? Start(string? kind, Module module, Action<string> report) => kind switch
    {
        null => null,
        Perf => new PerfProfile(module, report),
        _ => new SampledProfile(kind, module, report),
    };

    public abstract void Dispose();

    /// <summary>A function's name, as in the name section or its exports.</summary>
    protected string NameOf(int function) => function < 0
        ? "[host]"
        : Module.FunctionName(function) ?? string.Create(CultureInfo.InvariantCulture, $"function {function}");
}
