using System.CommandLine;
using Drydock.Wasm;

namespace Drydock.Cli;

/// <summary>The option <c>--features</c> of the commands that read modules.</summary>
internal static class FeatureOption
{
    public static Option<string> Create() => new("--features")
    {
        Description = "What modules may use: all, 2.0, 3.0, or names, each taken away by a minus: all,-threads",
        HelpName = "LIST",
    };

    /// <summary>The features asked for; null where the option was not given.</summary>
    public static WasmFeatures? Get(ParseResult result, Option<string> option)
    {
        if (result.GetValue(option) is not { } list) return null;
        return FeatureNames.TryParse(list, out WasmFeatures features, out string? unknown)
            ? features
            : throw new UserError(
                $"there is no feature \"{unknown}\": choose from {string.Join(", ", FeatureNames.All)}");
    }
}
