using Drydock.Cli.OciRuntime;
using Drydock.Cli.Shim;
using Drydock.Containers.Bundles;

namespace Drydock.Cli;

/// <summary>The one executable goes by several names, and the name it is called by says what it is.</summary>
internal static class Personality
{
    /// <summary>
    /// The program that the executable called by <paramref name="name"/> is; <c>drydock</c> for other names.
    /// </summary>
    public static Func<string[], int> Of(string name) => Path.GetFileName(name) switch
    {
        GuestExecutable.Name => GuestProgram.Run,
        // "crun-wasm" is the name that Podman and CRI-O look for when an image's platform is wasi/wasm.
        "drydock-runtime" or "crun-wasm" => RuntimeProgram.Run,
        ShimProgram.Name => ShimProgram.Run,
        _ => CommandLine.Invoke,
    };
}
