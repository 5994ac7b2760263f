using Drydock.Wasm;

namespace Drydock.Cli.Wast;

/// <summary>How scripts are run.</summary>
/// <param name="Paths">Files and folders, as they were named.</param>
/// <param name="Filter">Part of the paths to run, or null.</param>
/// <param name="Features">What modules may use.</param>
/// <param name="Jobs">Number of processes.</param>
/// <param name="Timeout">How long one command may take.</param>
/// <param name="Quiet">Whether only the summary is printed.</param>
internal sealed record WastOptions(
    IReadOnlyList<string> Paths, string? Filter, WasmFeatures Features, int Jobs, TimeSpan Timeout, bool Quiet);
