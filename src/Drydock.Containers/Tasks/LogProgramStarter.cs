using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Starts programs that take a container's output (<c>binary:///path?name=value</c>; containerd, docs/runtime-v2
/// "Logging"): they read it from descriptors 3 and 4, and close 5 when they are ready, for which nobody waits here,
/// because pipes keep what is written meanwhile.
/// </summary>
internal sealed class LogProgramStarter(Reaper reaper, string @namespace, string container)
{
    /// <summary>What the names of such streams begin with.</summary>
    public const string Scheme = "binary://";

    /// <summary>Starts the program, and returns the descriptors to write output and errors to.</summary>
    public (int Output, int Error) Start(string name)
    {
        var uri = new Uri(name);
        var words = new List<string> { uri.LocalPath };
        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            foreach (string word in pair.Split('=', 2))
                if (word.Length > 0) words.Add(Uri.UnescapeDataString(word));
        (int outRead, int outWrite) = Pipe();
        (int errorRead, int errorWrite) = Pipe();
        (int ready, int readyWrite) = Pipe();
        int process = Programs.Start(
            uri.LocalPath, [.. words], new(Further: [outRead, errorRead, readyWrite]), isKeeper: false,
            $"CONTAINER_ID={container}", $"CONTAINER_NAMESPACE={@namespace}");
        reaper.Await(process, _ => { });
        foreach (int each in (ReadOnlySpan<int>)[outRead, errorRead, ready, readyWrite]) _ = Kernel.Close(each);
        return (outWrite, errorWrite);
    }

    private static unsafe (int Read, int Write) Pipe()
    {
        int* ends = stackalloc int[2];
        _ = Kernel.MakePipe(ends, Kernel.CloseOnExec);
        return (ends[0], ends[1]);
    }
}
