using Drydock.Oci;
using Drydock.Oci.Registry;

namespace Drydock.Cli;

/// <summary>
/// Images that a command needs and the store lacks. Nothing of it is on the way of a run that finds its image.
/// </summary>
internal static class ImageArrival
{
    /// <summary>Pulls an image, telling how it goes on standard error.</summary>
    public static Image Pull(ImageStore store, string name, Platform? platform)
    {
        using var display = new TransferDisplay(quiet: false);
        var registry = new ImageRegistry(new() { Progress = display });
        return registry.Pull(store, Reference.Parse(name), new() { Platform = platform }).Image;
    }

    /// <summary>Pulls an image that is not there; what was typed may have been meant for a file, too.</summary>
    public static Image PullMissing(ImageStore store, string name, Platform? platform)
    {
        if (!Reference.TryParse(name, out _))
            throw new UserError($"\"{name}\" is neither a file nor a name of an image");
        try
        {
            return Pull(store, name, platform);
        }
        catch (ImageException e) when (e.Error is ImageError.NotFound or ImageError.Registry or ImageError.Denied)
        {
            throw new UserError(
                $"image \"{name}\" not found in the local store, and not pulled: {e.Message}; {WaysOut(name)}");
        }
    }

    /// <summary>What else a name that is no image of the store could have meant.</summary>
    public static string WaysOut(string name) =>
        $"build it with 'drydock build -t {name} .' or name {(File.Exists(name + ".wasm") ? $"./{name}.wasm" : "a .wasm file")}";
}
